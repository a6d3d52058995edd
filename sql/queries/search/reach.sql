-- How far the log is searchable, when the newest entry that is was recorded, and for how many seconds
-- published leaves have been waiting to become so.
SELECT p.epoch, p.next_index,
       (SELECT e.at FROM audit.search_entry AS e ORDER BY e.position DESC LIMIT 1) AS newest_at,
       coalesce(extract(epoch FROM clock_timestamp() - (
           SELECT c.made_at FROM audit.checkpoint AS c
           WHERE c.published_at IS NOT NULL AND (c.epoch, c.size) > (p.epoch, p.next_index)
           ORDER BY c.epoch, c.size LIMIT 1)), 0)::float8 AS behind_seconds
FROM audit.search_progress AS p
