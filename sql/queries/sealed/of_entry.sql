SELECT epoch, first_index, first_seq, count FROM audit.sealed
WHERE lane_id = $1 AND first_seq <= $2
ORDER BY first_seq DESC
LIMIT 1
