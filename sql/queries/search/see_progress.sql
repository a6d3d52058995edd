-- How far the log is searchable, as far as whoever makes it so has committed.
SELECT epoch, next_index,
       EXISTS (SELECT FROM audit.epoch AS e WHERE e.epoch > p.epoch) AS is_over,
       coalesce((SELECT c.size FROM audit.checkpoint AS c
                 WHERE c.epoch = p.epoch AND c.published_at IS NOT NULL
                 ORDER BY c.size DESC LIMIT 1), 0) AS published,
       extract(epoch FROM clock_timestamp() - (SELECT c.made_at FROM audit.checkpoint AS c
                 WHERE c.epoch = p.epoch AND c.published_at IS NOT NULL AND c.size > p.next_index
                 ORDER BY c.size LIMIT 1))::float8 AS behind_seconds
FROM audit.search_progress AS p
