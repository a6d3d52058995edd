-- What the peers need in dancu's database: a role that may read what they answer, a log of their own, and
-- the function that PostGraphile shows. Run by the owner of the database; drop.sql takes it away again.
CREATE ROLE dancu_peer LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
DO $$
BEGIN
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO dancu_peer', current_database());
END
$$;
CREATE SCHEMA peers;

-- Who asked about whom, which fields, and whether there is such a person.
CREATE TABLE peers.audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    client_id text NOT NULL,
    token_id text NOT NULL,
    personal_id text NOT NULL,
    fields text[] NOT NULL,
    found boolean NOT NULL
);

CREATE TYPE peers.answer AS (
    full_name text,
    sex text,
    province_code text,
    district_code text,
    commune_code text
);

-- The answer and its row of the log. PostGraphile makes it a mutation and runs that in a transaction, in
-- which it has set the token's claims.
CREATE FUNCTION peers.lookup(personal_id text) RETURNS peers.answer
LANGUAGE plpgsql VOLATILE STRICT AS $$
DECLARE
    answer peers.answer;
BEGIN
    SELECT
        c.full_name, c.sex, c.permanent_residence_province_code,
        c.permanent_residence_district_code, c.permanent_residence_commune_code
    INTO answer
    FROM register.citizen AS c
    WHERE c.personal_id = lookup.personal_id;
    INSERT INTO peers.audit (client_id, token_id, personal_id, fields, found)
    VALUES (
        current_setting('jwt.claims.client_id'), current_setting('jwt.claims.jti'),
        lookup.personal_id, '{full_name,sex,permanent_residence}', FOUND
    );
    RETURN answer;
END
$$;
REVOKE EXECUTE ON FUNCTION peers.lookup FROM PUBLIC;

GRANT USAGE ON SCHEMA register, peers TO dancu_peer;
GRANT SELECT (
    personal_id, full_name, sex, permanent_residence_province_code,
    permanent_residence_district_code, permanent_residence_commune_code
) ON register.citizen TO dancu_peer;
GRANT INSERT ON peers.audit TO dancu_peer;
GRANT EXECUTE ON FUNCTION peers.lookup TO dancu_peer;
