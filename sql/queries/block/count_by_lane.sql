-- Nothing keeps a count from being none a lane writes, so that a sum could hide what another one adds.
SELECT lane_id, sum(greatest(count, 0))::bigint AS count,
       bool_or(count NOT BETWEEN 1 AND 1024) AS miscounted
FROM audit.block GROUP BY lane_id
