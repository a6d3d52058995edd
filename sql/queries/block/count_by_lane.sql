SELECT lane_id, sum(count)::bigint AS count FROM audit.block GROUP BY lane_id
