-- The numbers of whoever has one of these numbers, and of the relatives their record names, each with
-- all numbers they have had: along the chains of replaced numbers both ways, with the nine-digit
-- numbers of each record. A nine-digit number that several people had stands for itself alone.
WITH RECURSIVE asked (officer) AS (
    SELECT DISTINCT unnest($1::text[])
),
own (officer, personal_id, superseded_by) AS (
    SELECT a.officer, c.personal_id, c.status_superseded_by::text
    FROM asked AS a JOIN register.citizen AS c ON c.personal_id = coalesce(
        (SELECT min(o.personal_id) FROM register.old_number AS o
         WHERE o.old_number = a.officer HAVING count(*) = 1), a.officer)
    UNION
    SELECT own.officer, other.*
    FROM own
    CROSS JOIN LATERAL (
        SELECT c.personal_id, c.status_superseded_by::text
        FROM register.citizen AS c WHERE c.personal_id = own.superseded_by
        UNION ALL
        SELECT c.personal_id, c.status_superseded_by::text
        FROM register.citizen AS c WHERE c.status_superseded_by = own.personal_id
    ) AS other
),
named (officer, number) AS (
    SELECT DISTINCT own.officer, unnest(c.relative_numbers)
    FROM own JOIN register.citizen AS c USING (personal_id)
),
relative (officer, personal_id, superseded_by) AS (
    SELECT n.officer, c.personal_id, c.status_superseded_by::text
    FROM named AS n JOIN register.citizen AS c ON c.personal_id = coalesce(
        (SELECT min(o.personal_id) FROM register.old_number AS o
         WHERE o.old_number = n.number HAVING count(*) = 1), n.number)
    UNION
    SELECT relative.officer, other.*
    FROM relative
    CROSS JOIN LATERAL (
        SELECT c.personal_id, c.status_superseded_by::text
        FROM register.citizen AS c WHERE c.personal_id = relative.superseded_by
        UNION ALL
        SELECT c.personal_id, c.status_superseded_by::text
        FROM register.citizen AS c WHERE c.status_superseded_by = relative.personal_id
    ) AS other
)
SELECT officer, number, bool_or(is_self) AS is_self
FROM (
    SELECT officer, officer AS number, true AS is_self FROM asked
    UNION ALL
    SELECT officer, personal_id, true FROM own
    UNION ALL
    SELECT officer, superseded_by, true FROM own WHERE superseded_by IS NOT NULL
    UNION ALL
    SELECT own.officer, unnest(c.old_id_numbers), true FROM own JOIN register.citizen AS c USING (personal_id)
    UNION ALL
    SELECT officer, number, false FROM named
    UNION ALL
    SELECT officer, personal_id, false FROM relative
    UNION ALL
    SELECT officer, superseded_by, false FROM relative WHERE superseded_by IS NOT NULL
    UNION ALL
    SELECT r.officer, unnest(c.old_id_numbers), false FROM relative AS r JOIN register.citizen AS c USING (personal_id)
) AS kin
GROUP BY officer, number
