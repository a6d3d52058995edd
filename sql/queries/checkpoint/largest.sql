SELECT epoch, max(size) AS size, count(*) AS count FROM audit.checkpoint GROUP BY epoch ORDER BY epoch
