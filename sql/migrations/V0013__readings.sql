-- What auditors are shown stays right when what it was decided by is gone: procedures that were
-- confidential once, and months of which a day is dropped late.

CREATE TABLE policy.confidential_procedure (
    code  text COLLATE "C" PRIMARY KEY,
    since timestamptz NOT NULL DEFAULT statement_timestamp()
);
COMMENT ON TABLE policy.confidential_procedure IS 'Procedures that are or ever were confidential: their entries are kept from the person''s own report, also when the flag was taken off or the procedure deleted.';
COMMENT ON COLUMN policy.confidential_procedure.code IS 'The procedure''s code. There need be no such procedure any more.';
COMMENT ON COLUMN policy.confidential_procedure.since IS 'When it was first known to be confidential.';
INSERT INTO policy.confidential_procedure (code)
SELECT code FROM policy.procedure WHERE confidential;
-- It is remembered for good: nothing of it is changed or removed.
GRANT SELECT, INSERT ON policy.confidential_procedure TO dancu_service;

-- As before; but a month of what is searched goes with the last of its days that is there, which need
-- not be the last of the calendar: of a day that is dropped late, for somebody read it or not all of
-- it was sealed, entries may still become searchable. A month that somebody reads just then goes with
-- a later day.
CREATE OR REPLACE FUNCTION audit.drop_detached(day date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s'
AS $$
DECLARE
    partition text := 'entry_' || to_char(day, 'YYYYMMDD');
    begins timestamptz := (to_char(day, 'YYYY-MM-DD') || ' 00:00:00+07')::timestamptz;
    ends timestamptz := (to_char(day + 1, 'YYYY-MM-DD') || ' 00:00:00+07')::timestamptz;
    oldest date := (clock_timestamp() AT TIME ZONE INTERVAL '7 hours')::date
                   - (SELECT minimum_days FROM audit.retention);
    month text;
BEGIN
    IF EXISTS (SELECT FROM pg_inherits WHERE inhrelid = to_regclass(format('audit.%I', partition))) THEN
        RAISE EXCEPTION 'the entries of % are still part of the log', day
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    EXECUTE format('DROP TABLE IF EXISTS audit.%I', partition);
    IF day < oldest THEN
        DELETE FROM audit.attachment WHERE at >= begins AND at < ends;
        DELETE FROM audit.search_entry WHERE at >= begins AND at < ends;
        DELETE FROM audit.search_hour WHERE hour >= begins AND hour < ends;
        DELETE FROM audit.signal WHERE until > begins AND until <= ends;
    END IF;
    FOR month IN
        SELECT right(c.relname, 6) FROM pg_class c
        WHERE c.relnamespace = to_regnamespace('audit') AND c.relkind = 'r'
          AND c.relname ~ '^search_entry_[0-9]{6}$'
          AND to_date(right(c.relname, 6), 'YYYYMM') + INTERVAL '1 month' <= oldest
          AND NOT EXISTS (SELECT FROM pg_class d
                          WHERE d.relnamespace = c.relnamespace
                            AND d.relname ~ ('^entry_' || right(c.relname, 6) || '[0-9]{2}$'))
        ORDER BY 1
    LOOP
        BEGIN
            EXECUTE format('DROP TABLE audit.%I', 'search_entry_' || month);
        EXCEPTION
            WHEN lock_not_available THEN NULL;
        END;
    END LOOP;
    UPDATE audit.epoch e
    SET minimum_index = coalesce(
        (SELECT s.first_index
         FROM audit.sealed s JOIN audit.lane l USING (lane_id)
         WHERE s.epoch = e.epoch AND s.first_index >= e.minimum_index
           AND l.day IN (SELECT to_date(right(c.relname, 8), 'YYYYMMDD') FROM pg_class c
                         WHERE c.relnamespace = to_regnamespace('audit') AND c.relkind = 'r'
                           AND c.relname ~ '^entry_[0-9]{8}$')
         ORDER BY s.first_index
         LIMIT 1),
        (SELECT s.first_index + s.count FROM audit.sealed s
         WHERE s.epoch = e.epoch ORDER BY s.first_index DESC LIMIT 1),
        0);
END
$$;

-- A month that was dropped while a day of it was still there is made again, empty: what is still to
-- come of that day can be taken in.
SELECT audit.create_search_partition(to_date(right(c.relname, 8), 'YYYYMMDD'))
FROM pg_class c
WHERE c.relnamespace = to_regnamespace('audit') AND c.relkind = 'r' AND c.relname ~ '^entry_[0-9]{8}$';
