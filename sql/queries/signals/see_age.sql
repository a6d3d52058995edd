-- How old the oldest searchable entry is that was not looked at, as far as whoever looks has committed.
SELECT extract(epoch FROM clock_timestamp() - e.at)::float8 AS age_seconds
FROM audit.search_entry AS e
WHERE e.position >= (SELECT p.next_position FROM audit.signal_progress AS p)
ORDER BY e.position
LIMIT 1
