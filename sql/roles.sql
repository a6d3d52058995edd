-- The roles of a cluster, created idempotently. Roles belong to the whole cluster, so they are no
-- migration; migrations only GRANT to them. Passwords are set by whoever runs the cluster.
DO $$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['dancu_service', 'dancu_audit', 'dancu_maintain', 'dancu_seal',
        'dancu_search'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE', role_name);
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN NULL;
        END;
    END LOOP;
END
$$;
