-- Blocks of a lane that say to hold another number of entries than a block may.
SELECT first_seq, at, count FROM audit.block
WHERE lane_id = $1 AND count NOT BETWEEN 1 AND 1024
ORDER BY first_seq, at
LIMIT $2
