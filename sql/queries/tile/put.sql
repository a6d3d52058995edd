INSERT INTO audit.tile (epoch, level, index, hashes)
SELECT $1, * FROM unnest($2::smallint[], $3::bigint[], $4::bytea[])
ON CONFLICT (epoch, level, index) DO UPDATE SET hashes = excluded.hashes
WHERE octet_length(tile.hashes) < octet_length(excluded.hashes)
