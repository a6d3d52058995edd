INSERT INTO audit.declared_hole (lane_id, first_seq, last_seq, audit_id) VALUES ($1, $2, $3, $4)
ON CONFLICT (lane_id, first_seq) DO NOTHING
