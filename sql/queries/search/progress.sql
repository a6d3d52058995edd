-- How far the log is searchable, and between which positions the entries of a time lie.
SELECT p.epoch, p.next_index,
       (SELECT min(h.first_position) FROM audit.search_hour AS h
        WHERE h.hour > $1::timestamptz - INTERVAL '1 hour') AS first_position,
       (SELECT max(h.last_position) FROM audit.search_hour AS h
        WHERE h.hour < $2::timestamptz) AS last_position
FROM audit.search_progress AS p
