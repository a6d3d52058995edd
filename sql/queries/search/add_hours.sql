INSERT INTO audit.search_hour AS h (hour, first_position, last_position)
SELECT * FROM unnest($1::timestamptz[], $2::bigint[], $3::bigint[])
ON CONFLICT (hour) DO UPDATE
SET first_position = least(h.first_position, excluded.first_position),
    last_position = greatest(h.last_position, excluded.last_position)
