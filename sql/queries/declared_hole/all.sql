SELECT lane_id, first_seq, last_seq, audit_id FROM audit.declared_hole ORDER BY lane_id, first_seq
