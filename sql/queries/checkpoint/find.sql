SELECT size, root, note, made_at, published_at IS NOT NULL AS published FROM audit.checkpoint WHERE epoch = $1 AND size = $2
