-- What may be done with the database itself, which belongs to no schema: a copy or a restored dump of it has
-- none of this, so it is seen to whenever somebody migrates. What is as it should be is left alone, for two
-- who grant at once are in each other's way.
DO $$
DECLARE
    role_name text;
BEGIN
    IF has_database_privilege('public', current_database(), 'CONNECT')
       OR has_database_privilege('public', current_database(), 'TEMPORARY') THEN
        EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    END IF;
    FOREACH role_name IN ARRAY ARRAY['dancu_service', 'dancu_feed', 'dancu_audit', 'dancu_maintain',
        'dancu_seal', 'dancu_search'] LOOP
        IF NOT has_database_privilege(role_name, current_database(), 'CONNECT') THEN
            EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), role_name);
        END IF;
    END LOOP;
    -- Whoever migrates as an owner that is another role does not have that one's rights before it connects.
    IF NOT has_database_privilege(session_user, current_database(), 'CONNECT') THEN
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), session_user);
    END IF;
    -- What replaces records is staged.
    IF NOT has_database_privilege('dancu_feed', current_database(), 'TEMPORARY') THEN
        EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO dancu_feed', current_database());
    END IF;
    -- Whoever serves or seals must know which schema this is; the table is the migration tool's own.
    IF NOT (has_table_privilege('dancu_service', 'public.refinery_schema_history', 'SELECT')
            AND has_table_privilege('dancu_seal', 'public.refinery_schema_history', 'SELECT')) THEN
        GRANT SELECT ON public.refinery_schema_history TO dancu_service, dancu_seal;
    END IF;
    IF has_table_privilege('dancu_audit', 'public.refinery_schema_history', 'SELECT') THEN
        REVOKE SELECT ON public.refinery_schema_history FROM dancu_audit, dancu_maintain, dancu_search;
    END IF;
END
$$;
