INSERT INTO audit.block (at, lane_id, first_seq, count, entries) VALUES ($1, $2, $3, $4, $5)
