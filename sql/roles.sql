-- The roles of a cluster, created idempotently. Roles belong to the whole cluster, so they are no
-- migration; migrations only GRANT to them. Passwords are set by whoever runs the cluster, who may also run
-- this beforehand: where all of them are there, it needs no privilege.
DO $$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['dancu_service', 'dancu_feed', 'dancu_audit', 'dancu_maintain',
        'dancu_seal', 'dancu_search'] LOOP
        CONTINUE WHEN EXISTS (SELECT FROM pg_roles WHERE rolname = role_name);
        BEGIN
            EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE', role_name);
        EXCEPTION
            -- Somebody else made it meanwhile.
            WHEN duplicate_object OR unique_violation THEN NULL;
        END;
    END LOOP;
END
$$;
