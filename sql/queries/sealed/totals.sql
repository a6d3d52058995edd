SELECT epoch, max(first_index + count) AS planned FROM audit.sealed GROUP BY epoch ORDER BY epoch
