-- The changes after a position, in their order.
SELECT position, kind, personal_id, old_numbers, protected_changed
FROM register.change
WHERE position > $1
ORDER BY position
LIMIT $2
