UPDATE audit.sealer
SET fence = fence + 1, process = $1, touched_at = clock_timestamp(),
    backend_pid = pg_backend_pid(),
    backend_started = (SELECT backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid())
WHERE backend_pid IS NULL
   OR touched_at < clock_timestamp() - make_interval(secs => $2)
   OR NOT EXISTS (SELECT FROM pg_stat_activity
                  WHERE pid = sealer.backend_pid AND backend_start = sealer.backend_started)
RETURNING fence, epoch, planned
