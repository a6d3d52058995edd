SELECT lane_id, count(*) AS count FROM audit.entry GROUP BY lane_id
