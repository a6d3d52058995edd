UPDATE audit.signal AS s
SET told_value = greatest(t.value, 1)
FROM unnest($1::bigint[], $2::bigint[]) AS t (signal_id, value)
WHERE s.signal_id = t.signal_id
