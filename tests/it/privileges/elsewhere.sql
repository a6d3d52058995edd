-- Ways to a privilege that the table of privileges does not show. There should be none.
SELECT 'a default privilege of ' || defaclrole::regrole FROM pg_default_acl
UNION ALL
SELECT format('%s is a member of %s', member::regrole, roleid::regrole) FROM pg_auth_members
WHERE member::regrole::text LIKE 'dancu\_%'
UNION ALL
SELECT format('%s is a superuser, makes roles or databases, replicates, bypasses policies or cannot connect', rolname)
FROM pg_roles
WHERE rolname LIKE 'dancu\_%'
  AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls OR NOT rolcanlogin)
UNION ALL
SELECT format('%s is set up with %s', setrole::regrole, setconfig) FROM pg_db_role_setting
WHERE setrole <> 0 AND setrole::regrole::text LIKE 'dancu\_%'
UNION ALL
SELECT format('%s owns %s', o.refobjid::regrole, pg_describe_object(o.classid, o.objid, o.objsubid))
FROM pg_shdepend AS o
WHERE o.refclassid = 'pg_authid'::regclass AND o.deptype = 'o' AND o.refobjid::regrole::text LIKE 'dancu\_%'
  AND o.dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
UNION ALL
SELECT format('%s may hand on %s on %s', a.grantee::regrole, a.privilege_type, c.oid::regclass)
FROM pg_class AS c CROSS JOIN LATERAL aclexplode(c.relacl) AS a
WHERE a.is_grantable AND a.grantee <> c.relowner
UNION ALL
SELECT format('%s may hand on %s (%s)', a.grantee::regrole, a.privilege_type, c.attrelid::regclass)
FROM pg_attribute AS c CROSS JOIN LATERAL aclexplode(c.attacl) AS a
WHERE a.is_grantable
UNION ALL
SELECT 'the parameter ' || parname FROM pg_parameter_acl
UNION ALL
SELECT 'the extension ' || extname FROM pg_extension WHERE extname <> 'plpgsql'
UNION ALL
SELECT 'the foreign server ' || srvname FROM pg_foreign_server
UNION ALL
SELECT 'the large object ' || oid FROM pg_largeobject_metadata
UNION ALL
SELECT 'the event trigger ' || evtname FROM pg_event_trigger
UNION ALL
SELECT format('the trigger %s of %s', tgname, tgrelid::regclass) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL
SELECT format('the rule %s of %s', r.rulename, r.ev_class::regclass)
FROM pg_rewrite AS r JOIN pg_class AS c ON c.oid = r.ev_class
WHERE c.relkind <> 'v' AND c.relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
UNION ALL
SELECT 'the publication ' || pubname FROM pg_publication
UNION ALL
SELECT format('%s does not belong to whoever owns the others', c.oid::regclass)
FROM pg_class AS c
WHERE c.relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
  AND c.relowner <> (SELECT relowner FROM pg_class WHERE oid = 'audit.block'::regclass)
UNION ALL
SELECT format('%s acts as its owner along a search_path of whoever calls it', p.oid::regprocedure)
FROM pg_proc AS p
WHERE p.pronamespace::regnamespace::text !~ '^(pg_|information_schema)' AND p.prosecdef
  AND NOT coalesce(p.proconfig, '{}') @> ARRAY['search_path=pg_catalog, pg_temp']
