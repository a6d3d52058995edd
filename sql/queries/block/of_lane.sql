-- The blocks that hold entries of a lane from number $2 up to $3, wherever they lie where no day is
-- named. A block is at most 1,024 entries long: those that begin further before do not reach it.
SELECT first_seq, count, at, entries
FROM audit.block
WHERE lane_id = $1 AND first_seq > $2::bigint - 1024 AND first_seq < $3 AND first_seq > $2 - count
  AND at >= coalesce($4::date::timestamp AT TIME ZONE INTERVAL '7 hours', '-infinity')
  AND at < coalesce(($4::date + 1)::timestamp AT TIME ZONE INTERVAL '7 hours', 'infinity')
ORDER BY first_seq
LIMIT $5::bigint
