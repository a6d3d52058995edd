-- Every number a person has had, and has now: along the chain of replaced numbers both ways, with the
-- nine-digit numbers of each record in it.
WITH RECURSIVE chain (personal_id, superseded_by) AS (
    SELECT personal_id, status_superseded_by::text FROM register.citizen WHERE personal_id = $1
    UNION
    SELECT other.*
    FROM chain
    CROSS JOIN LATERAL (
        SELECT c.personal_id, c.status_superseded_by::text
        FROM register.citizen AS c WHERE c.personal_id = chain.superseded_by
        UNION ALL
        SELECT c.personal_id, c.status_superseded_by::text
        FROM register.citizen AS c WHERE c.status_superseded_by = chain.personal_id
    ) AS other
)
SELECT personal_id AS number FROM chain
UNION
SELECT superseded_by FROM chain WHERE superseded_by IS NOT NULL
UNION
SELECT unnest(c.old_id_numbers) FROM chain JOIN register.citizen AS c USING (personal_id)
