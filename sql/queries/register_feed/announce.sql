-- Takes one position a record and says what changed there.
WITH taken AS (
    UPDATE register.feed SET head = head + cardinality($1::text[]) RETURNING head
)
INSERT INTO register.change (position, kind, personal_id, old_numbers, protected_changed)
SELECT
    taken.head - cardinality($1::text[]) + n.place, 'citizen', n.personal_id,
    coalesce(string_to_array(nullif(n.old_numbers, ''), ','), '{}'), n.protected_changed
FROM taken
CROSS JOIN unnest($1::text[], $2::text[], $3::boolean[])
    WITH ORDINALITY AS n (personal_id, old_numbers, protected_changed, place)
