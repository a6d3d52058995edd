SELECT o.epoch, o.size FROM audit.cosignature o
LEFT JOIN audit.checkpoint c USING (epoch, size)
WHERE c.size IS NULL
ORDER BY o.epoch, o.size
LIMIT 1
