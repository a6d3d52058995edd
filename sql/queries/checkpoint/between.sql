SELECT c.size, c.root, c.note,
       (SELECT string_agg(line, '' ORDER BY name, key_id) FROM audit.cosignature o
        WHERE o.epoch = c.epoch AND o.size = c.size) AS cosignatures
FROM audit.checkpoint c
WHERE c.epoch = $1 AND c.size > $2 AND c.size <= $3
ORDER BY c.size
