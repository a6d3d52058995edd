INSERT INTO audit.lane (day, process, predecessor) VALUES ($1, $2, $3) RETURNING lane_id
