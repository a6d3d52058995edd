-- A page of entries, oldest first: scans at most $7 rows on each path of one index, and gives
-- those of them that match all else. `horizon` is how far all paths were scanned, none where they ended,
-- and `rows` how many rows that were; a row without an entry carries both alone.
--
-- $1 which index; $2 the position behind which the page begins; $3 and $4 from and to; $5 and $6 the
-- positions between which their entries lie; $8 the most entries; $9 to $11 tags of the index, each
-- with the time it was in use; $12 client; $13 agencies; $14 procedure; $15 operations; $16 decision;
-- $17 to $19 tags of person, officer and case that must be among these; $20 procedures left out.
WITH scanned AS (
    SELECT 0::bigint AS path, e.*
    FROM (
            SELECT e.position, e.at, e.audit_id, e.agency_code, e.client_id, e.procedure_code,
                   e.operation, e.decision, e.subject_tag, e.officer_tag, e.case_tag
            FROM audit.search_entry AS e
            WHERE $1 = 'position'
              AND e.position > $2 AND e.position BETWEEN $5 AND $6 AND e.at >= $3 AND e.at < $4
            ORDER BY e.position
            LIMIT $7
    ) AS e
    UNION ALL
    SELECT 0::bigint AS path, e.*
    FROM (
            SELECT e.position, e.at, e.audit_id, e.agency_code, e.client_id, e.procedure_code,
                   e.operation, e.decision, e.subject_tag, e.officer_tag, e.case_tag
            FROM audit.search_entry AS e
            WHERE $1 = 'client'
              AND e.client_id = $12
              AND e.position > $2 AND e.position BETWEEN $5 AND $6 AND e.at >= $3 AND e.at < $4
            ORDER BY e.position
            LIMIT $7
    ) AS e
    UNION ALL
    SELECT 0::bigint AS path, e.*
    FROM (
            SELECT e.position, e.at, e.audit_id, e.agency_code, e.client_id, e.procedure_code,
                   e.operation, e.decision, e.subject_tag, e.officer_tag, e.case_tag
            FROM audit.search_entry AS e
            WHERE $1 = 'procedure'
              AND e.procedure_code = $14
              AND e.position > $2 AND e.position BETWEEN $5 AND $6 AND e.at >= $3 AND e.at < $4
            ORDER BY e.position
            LIMIT $7
    ) AS e
    UNION ALL
    SELECT path.number AS path, e.*
    FROM unnest($13::text[]) WITH ORDINALITY AS path (code, number)
    CROSS JOIN LATERAL (
            SELECT e.position, e.at, e.audit_id, e.agency_code, e.client_id, e.procedure_code,
                   e.operation, e.decision, e.subject_tag, e.officer_tag, e.case_tag
            FROM audit.search_entry AS e
            WHERE $1 = 'agencies'
              AND e.agency_code = path.code
              AND e.position > $2 AND e.position BETWEEN $5 AND $6 AND e.at >= $3 AND e.at < $4
            ORDER BY e.position
            LIMIT $7
    ) AS e
    UNION ALL
    SELECT path.number AS path, e.*
    FROM unnest($9::bytea[], $10::timestamptz[], $11::timestamptz[])
         WITH ORDINALITY AS path (tag, since, until, number)
    CROSS JOIN LATERAL (
            SELECT e.position, e.at, e.audit_id, e.agency_code, e.client_id, e.procedure_code,
                   e.operation, e.decision, e.subject_tag, e.officer_tag, e.case_tag
            FROM audit.search_entry AS e
            WHERE $1 = 'subject'
              AND e.subject_tag = path.tag AND e.at >= path.since AND e.at < path.until
              AND e.position > $2 AND e.position BETWEEN $5 AND $6 AND e.at >= $3 AND e.at < $4
            ORDER BY e.position
            LIMIT $7
    ) AS e
    UNION ALL
    SELECT path.number AS path, e.*
    FROM unnest($9::bytea[], $10::timestamptz[], $11::timestamptz[])
         WITH ORDINALITY AS path (tag, since, until, number)
    CROSS JOIN LATERAL (
            SELECT e.position, e.at, e.audit_id, e.agency_code, e.client_id, e.procedure_code,
                   e.operation, e.decision, e.subject_tag, e.officer_tag, e.case_tag
            FROM audit.search_entry AS e
            WHERE $1 = 'officer'
              AND e.officer_tag = path.tag AND e.at >= path.since AND e.at < path.until
              AND e.position > $2 AND e.position BETWEEN $5 AND $6 AND e.at >= $3 AND e.at < $4
            ORDER BY e.position
            LIMIT $7
    ) AS e
    UNION ALL
    SELECT path.number AS path, e.*
    FROM unnest($9::bytea[], $10::timestamptz[], $11::timestamptz[])
         WITH ORDINALITY AS path (tag, since, until, number)
    CROSS JOIN LATERAL (
            SELECT e.position, e.at, e.audit_id, e.agency_code, e.client_id, e.procedure_code,
                   e.operation, e.decision, e.subject_tag, e.officer_tag, e.case_tag
            FROM audit.search_entry AS e
            WHERE $1 = 'case'
              AND e.case_tag = path.tag AND e.at >= path.since AND e.at < path.until
              AND e.position > $2 AND e.position BETWEEN $5 AND $6 AND e.at >= $3 AND e.at < $4
            ORDER BY e.position
            LIMIT $7
    ) AS e
),
horizon AS (
    SELECT min(reached) AS position
    FROM (SELECT max(position) AS reached FROM scanned GROUP BY path HAVING count(*) = $7) AS full_paths
),
matching AS (
    SELECT s.position, s.at, s.audit_id
    FROM scanned AS s, horizon AS h
    WHERE (h.position IS NULL OR s.position <= h.position)
      AND ($12::text IS NULL OR s.client_id = $12)
      AND ($13::text[] IS NULL OR s.agency_code = ANY ($13))
      AND ($14::text IS NULL OR s.procedure_code = $14)
      AND ($15::text[] IS NULL OR s.operation = ANY ($15))
      AND ($16::text IS NULL OR s.decision = $16)
      AND ($17::bytea[] IS NULL OR s.subject_tag = ANY ($17))
      AND ($18::bytea[] IS NULL OR s.officer_tag = ANY ($18))
      AND ($19::bytea[] IS NULL OR s.case_tag = ANY ($19))
      AND ($20::text[] IS NULL OR s.procedure_code IS NULL OR s.procedure_code <> ALL ($20))
    ORDER BY s.position
    LIMIT $8
)
SELECT h.position AS horizon, (SELECT count(*) FROM scanned) AS rows, m.position, m.at, m.audit_id
FROM horizon AS h LEFT JOIN matching AS m ON true
ORDER BY m.position
