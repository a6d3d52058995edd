-- What follows from who replaced whom, after these records changed: the numbers under protection of
-- them and of everyone who was replaced by one of them. Gives all of these people, and whose protected
-- numbers changed. A circle of successors ends, for no row is taken twice.
WITH RECURSIVE former (personal_id) AS (
    SELECT changed COLLATE "C" FROM unnest($1::text[]) AS changed
    UNION
    SELECT c.personal_id::text
    FROM former
    JOIN register.citizen AS c ON c.status_superseded_by = former.personal_id
),
chain (personal_id, number, protected) AS (
    SELECT c.personal_id, c.status_superseded_by, c.protected
    FROM former
    JOIN register.citizen AS c ON c.personal_id = former.personal_id
    UNION
    SELECT chain.personal_id, c.status_superseded_by, c.protected
    FROM chain
    JOIN register.citizen AS c ON c.personal_id = chain.number
),
wanted (number, personal_id) AS (
    SELECT DISTINCT own.number, c.personal_id::text
    FROM register.citizen AS c
    CROSS JOIN LATERAL unnest(ARRAY[c.personal_id::text] || c.old_id_numbers::text[]) AS own (number)
    WHERE c.personal_id IN (SELECT chain.personal_id FROM chain WHERE chain.protected)
),
removed AS (
    DELETE FROM register.protected_number AS p
    USING former
    WHERE p.personal_id = former.personal_id
        AND NOT EXISTS (
            SELECT FROM wanted AS w WHERE w.number = p.number AND w.personal_id = p.personal_id
        )
    RETURNING p.personal_id
),
added AS (
    INSERT INTO register.protected_number (number, personal_id)
    SELECT number, personal_id FROM wanted
    ON CONFLICT DO NOTHING
    RETURNING personal_id
)
SELECT
    former.personal_id,
    former.personal_id IN (SELECT personal_id FROM removed UNION ALL SELECT personal_id FROM added)
        AS protected_changed
FROM former
