INSERT INTO audit.sealed (epoch, first_index, lane_id, first_seq, count)
SELECT $1, * FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::integer[])
