INSERT INTO audit.lane_sealed (lane_id, next_seq, finished)
SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::boolean[])
ON CONFLICT (lane_id) DO UPDATE SET next_seq = excluded.next_seq, finished = excluded.finished
