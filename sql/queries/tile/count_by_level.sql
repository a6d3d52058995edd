SELECT level, count(*) AS count FROM audit.tile WHERE epoch = $1 GROUP BY level
