-- A function in SQL is planned anew in each statement that calls it, which took half a millisecond wherever a
-- cancelled number was read. One in PL/pgSQL is planned once a connection.

CREATE OR REPLACE FUNCTION register.current_number(superseding text) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        WITH RECURSIVE chain (number, step) AS (
            SELECT superseding COLLATE "C", 1
            UNION ALL
            SELECT n.status_superseded_by::text, chain.step + 1
            FROM chain
            JOIN register.citizen AS n ON n.personal_id = chain.number
            WHERE n.status_superseded_by IS NOT NULL
        ) CYCLE number SET is_circle USING path
        SELECT CASE
            WHEN bool_or(is_circle) THEN min(number)
            ELSE (array_agg(number ORDER BY step DESC))[1]
        END
        FROM chain
    );
END
$$;
