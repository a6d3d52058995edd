SELECT c.epoch, c.size, c.root, c.note, c.made_at, true AS published,
       coalesce((SELECT string_agg(line, '' ORDER BY name, key_id) FROM audit.cosignature o
                 WHERE o.epoch = c.epoch AND o.size = c.size), '') AS cosignatures
FROM audit.checkpoint c
WHERE c.published_at IS NOT NULL
ORDER BY c.epoch DESC, c.size DESC
LIMIT $1
