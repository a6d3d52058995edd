SELECT t.level, t.index, t.hashes
FROM unnest($2::smallint[], $3::bigint[]) AS wanted (level, index)
JOIN audit.tile t ON t.epoch = $1 AND t.level = wanted.level AND t.index = wanted.index
