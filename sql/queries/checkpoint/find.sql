SELECT size, root, note, made_at FROM audit.checkpoint WHERE epoch = $1 AND size = $2
