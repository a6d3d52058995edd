SELECT size, root, note, made_at FROM audit.checkpoint WHERE epoch = $1 ORDER BY size DESC LIMIT 1
