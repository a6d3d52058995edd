-- Whom a cancelled number leads to. A function, because nearly nobody has one: what a statement might have to
-- follow is made ready with the statement, each time, and costs a reader more than a row does.

CREATE FUNCTION register.current_number(superseding text) RETURNS text LANGUAGE sql STABLE AS $$
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
$$;
COMMENT ON FUNCTION register.current_number(text) IS 'The end of the chain of numbers that begins with the one that replaced a cancelled number; where it is a circle, the smallest of them';
REVOKE ALL ON FUNCTION register.current_number(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION register.current_number(text) TO dancu_service;
