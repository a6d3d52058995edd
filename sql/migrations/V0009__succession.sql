-- A cancelled number leads to the one that replaced it, over any number of steps. Whoever was
-- replaced by a protected person is protected: other people's records may still name the old number.

CREATE INDEX citizen_superseded_by ON register.citizen (status_superseded_by)
    WHERE status_superseded_by IS NOT NULL;
COMMENT ON INDEX register.citizen_superseded_by IS 'Whom a number replaced: few numbers are ever cancelled';

CREATE INDEX protected_number_of ON register.protected_number (personal_id);
COMMENT ON INDEX register.protected_number_of IS 'All numbers of one protected person, to compare them with what they should be';

COMMENT ON TABLE register.protected_number IS
    'The numbers of people under address protection, and those that were cancelled for theirs, so that reading a record tells which of the relatives it names are among them';
COMMENT ON COLUMN register.protected_number.personal_id IS 'The record that has the number: it is protected, or a successor of it is; the distribution column';
COMMENT ON COLUMN register.change.personal_id IS
    'Whose record changed, or what is read with it: the number that a cancelled one leads to; null for everything';

INSERT INTO register.protected_number (number, personal_id)
WITH RECURSIVE chain (personal_id, number, protected) AS (
    SELECT personal_id, status_superseded_by, false
    FROM register.citizen
    WHERE status_superseded_by IS NOT NULL
    UNION
    SELECT chain.personal_id, c.status_superseded_by, c.protected
    FROM chain
    JOIN register.citizen AS c ON c.personal_id = chain.number
)
SELECT own.number, c.personal_id
FROM register.citizen AS c
CROSS JOIN LATERAL unnest(ARRAY[c.personal_id::text] || c.old_id_numbers::text[]) AS own (number)
WHERE c.personal_id IN (SELECT personal_id FROM chain WHERE protected)
ON CONFLICT DO NOTHING;
