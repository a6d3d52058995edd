SELECT s.epoch, s.planned,
       extract(epoch FROM clock_timestamp() - s.sealed_through)::float8 AS behind_seconds,
       (SELECT extract(epoch FROM clock_timestamp() - c.published_at)::float8
        FROM audit.checkpoint c WHERE c.epoch = s.epoch AND c.published_at IS NOT NULL
        ORDER BY c.size DESC LIMIT 1) AS checkpoint_age_seconds,
       (SELECT count(*) FROM audit.lane l
        WHERE l.closed_at IS NULL AND l.abandoned_by IS NULL
          AND l.touched_at < clock_timestamp() - INTERVAL '60 seconds') AS lanes_without_end
FROM audit.sealer s
