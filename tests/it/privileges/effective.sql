-- What each role may do with each object, from the catalogue: one row an object, a role and a privilege,
-- and one without a role for an object nobody may do anything with. PUBLIC's privileges are everybody's,
-- so they are told once.
WITH role (name) AS (
    SELECT rolname::text FROM pg_roles WHERE rolname LIKE 'dancu\_%'
    UNION ALL
    SELECT 'public'
),
schema AS (
    SELECT oid, nspname FROM pg_namespace
    WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
),
relation AS (
    SELECT c.oid, c.relkind, format('%s.%s', s.nspname, c.relname) AS name
    FROM pg_class AS c JOIN schema AS s ON s.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
),
on_relation (number, privilege, by_column) AS (
    VALUES (1, 'SELECT', true), (2, 'INSERT', true), (3, 'UPDATE', true), (4, 'DELETE', false),
        (5, 'TRUNCATE', false), (6, 'REFERENCES', true), (7, 'TRIGGER', false)
    UNION ALL
    SELECT 8, 'MAINTAIN', false WHERE current_setting('server_version_num')::integer >= 170000
),
object (sort, name, note) AS (
    SELECT 1, 'database', '' UNION ALL
    SELECT 2, 'schema ' || nspname, '' FROM schema UNION ALL
    SELECT 3, name,
           CASE relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table'
                        WHEN 'S' THEN 'sequence' ELSE '' END
    FROM relation UNION ALL
    SELECT 4, p.oid::regprocedure::text,
           CASE WHEN p.prosecdef THEN 'as its owner' ELSE 'as whoever calls it' END
               || coalesce(', ' || array_to_string(p.proconfig, ', '), '')
    FROM pg_proc AS p JOIN schema AS s ON s.oid = p.pronamespace UNION ALL
    SELECT 5, t.oid::regtype::text, 'type'
    FROM pg_type AS t JOIN schema AS s ON s.oid = t.typnamespace
    WHERE t.typtype IN ('d', 'e', 'r', 'm')
       OR EXISTS (SELECT FROM pg_class AS c WHERE c.oid = t.typrelid AND c.relkind = 'c')
),
privilege (sort, name, role, number, privilege) AS (
    SELECT 1, 'database', r.name, p.number, p.privilege
    FROM role AS r, (VALUES (1, 'CONNECT'), (2, 'TEMPORARY'), (3, 'CREATE')) AS p (number, privilege)
    WHERE has_database_privilege(r.name, current_database(), p.privilege)
    UNION ALL
    SELECT 2, 'schema ' || s.nspname, r.name, p.number, p.privilege
    FROM role AS r, schema AS s, (VALUES (1, 'USAGE'), (2, 'CREATE')) AS p (number, privilege)
    WHERE has_schema_privilege(r.name, s.oid, p.privilege)
    UNION ALL
    SELECT 3, c.name, r.name, p.number, p.privilege
    FROM role AS r, relation AS c, on_relation AS p
    WHERE c.relkind <> 'S' AND has_table_privilege(r.name, c.oid, p.privilege)
    UNION ALL
    SELECT 3, c.name, r.name, p.number,
           format('%s (%s)', p.privilege, string_agg(a.attname, ', ' ORDER BY a.attnum))
    FROM role AS r, relation AS c, on_relation AS p, pg_attribute AS a
    WHERE c.relkind <> 'S' AND p.by_column AND a.attrelid = c.oid AND NOT a.attisdropped
      AND has_column_privilege(r.name, c.oid, a.attnum, p.privilege)
      AND NOT has_table_privilege(r.name, c.oid, p.privilege)
    GROUP BY c.name, r.name, p.number, p.privilege
    UNION ALL
    SELECT 3, c.name, r.name, p.number, p.privilege
    FROM role AS r, relation AS c, (VALUES (1, 'USAGE'), (2, 'SELECT'), (3, 'UPDATE')) AS p (number, privilege)
    WHERE c.relkind = 'S' AND has_sequence_privilege(r.name, c.oid, p.privilege)
    UNION ALL
    SELECT 4, p.oid::regprocedure::text, r.name, 1, 'EXECUTE'
    FROM role AS r, pg_proc AS p JOIN schema AS s ON s.oid = p.pronamespace
    WHERE has_function_privilege(r.name, p.oid, 'EXECUTE')
    UNION ALL
    SELECT 5, t.oid::regtype::text, r.name, 1, 'USAGE'
    FROM role AS r, pg_type AS t JOIN schema AS s ON s.oid = t.typnamespace
    WHERE has_type_privilege(r.name, t.oid, 'USAGE')
)
SELECT o.name, o.note, p.role, lower(string_agg(p.privilege, ', ' ORDER BY p.number)) AS privileges
FROM object AS o
LEFT JOIN (
    SELECT * FROM privilege AS p
    WHERE p.role = 'public' OR NOT EXISTS (
        SELECT FROM privilege AS e
        WHERE e.role = 'public' AND (e.sort, e.name, e.privilege) = (p.sort, p.name, p.privilege)
    )
) AS p USING (sort, name)
GROUP BY o.sort, o.name, o.note, p.role
ORDER BY o.sort, o.name, p.role
