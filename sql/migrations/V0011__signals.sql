-- Signals: what the log shows of an officer, a client or a person that somebody should look at.
--
-- They are computed behind the answers, from the rows that are searched and in their order, by one
-- process at a time. A signal names nobody: its actor is a tag of the month, and the entries behind
-- it are told by a tag and places in the log, never copied.

CREATE TABLE audit.signal (
    signal_id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind            text COLLATE "C" NOT NULL CHECK (kind IN (
        'distinct_people', 'no_match_ratio', 'sequential_numbers', 'many_officers', 'off_hours',
        'self_lookup', 'relatives_lookup', 'sudden_volume')),
    since           timestamptz NOT NULL,
    until           timestamptz NOT NULL,
    actor           text COLLATE "C" NOT NULL CHECK (actor IN ('officer', 'client', 'person')),
    actor_tag       bytea CHECK (octet_length(actor_tag) = 16),
    actor_client    text COLLATE "C",
    subject_tag     bytea CHECK (octet_length(subject_tag) = 16),
    agency_code     text COLLATE "C",
    client_id       text COLLATE "C",
    value           bigint NOT NULL CHECK (value >= 0),
    threshold       bigint NOT NULL CHECK (threshold >= 0),
    entries         bigint NOT NULL CHECK (entries > 0),
    first_position  bigint NOT NULL,
    last_position   bigint NOT NULL,
    raised_at       timestamptz NOT NULL DEFAULT statement_timestamp(),
    grown_at        timestamptz NOT NULL DEFAULT statement_timestamp(),
    told_value      bigint,
    CHECK (since < until AND first_position <= last_position),
    CHECK ((actor = 'client') = (actor_client IS NOT NULL)),
    CHECK ((actor = 'client') = (actor_tag IS NULL)),
    CONSTRAINT signal_once UNIQUE NULLS NOT DISTINCT
        (kind, since, until, actor, actor_tag, actor_client, agency_code, subject_tag)
);
COMMENT ON TABLE audit.signal IS 'Behaviour in the log that somebody should look at. Nothing is blocked by it, and it names nobody.';
COMMENT ON COLUMN audit.signal.signal_id IS 'Which it is; later ones have larger numbers, some numbers are none.';
COMMENT ON COLUMN audit.signal.kind IS 'What was noticed.';
COMMENT ON COLUMN audit.signal.since IS 'Beginning of the hour or of Vietnam''s day that was looked at.';
COMMENT ON COLUMN audit.signal.until IS 'Its end.';
COMMENT ON COLUMN audit.signal.actor IS 'Whose behaviour it is: an officer''s, a client''s, or (many_officers) that of all towards one person.';
COMMENT ON COLUMN audit.signal.actor_tag IS 'Keyed pseudonym of the officer or person, within the month; null for a client.';
COMMENT ON COLUMN audit.signal.actor_client IS 'The client, where it is the actor.';
COMMENT ON COLUMN audit.signal.subject_tag IS 'Keyed pseudonym of whom an officer should not have looked at; null where no one person is meant.';
COMMENT ON COLUMN audit.signal.agency_code IS 'The agency that asked; null where several did.';
COMMENT ON COLUMN audit.signal.client_id IS 'The client the entries came through; null where there are several.';
COMMENT ON COLUMN audit.signal.value IS 'What was measured: people, percent, officers, requests, or numbers in a row.';
COMMENT ON COLUMN audit.signal.threshold IS 'From what on it is a signal, as it was configured or came from the actor''s own past.';
COMMENT ON COLUMN audit.signal.entries IS 'How many entries are behind it.';
COMMENT ON COLUMN audit.signal.first_position IS 'Place of the first of them in the log, as in audit.search_entry.';
COMMENT ON COLUMN audit.signal.last_position IS 'Place of the last of them.';
COMMENT ON COLUMN audit.signal.raised_at IS 'When it was raised.';
COMMENT ON COLUMN audit.signal.grown_at IS 'When it last grew.';
COMMENT ON COLUMN audit.signal.told_value IS 'The value when it was last written to the file of events; null: not yet.';
CREATE INDEX signal_untold ON audit.signal (signal_id) WHERE told_value IS NULL OR value >= 2 * told_value;
CREATE INDEX signal_agency ON audit.signal (agency_code, signal_id);
CREATE INDEX signal_until ON audit.signal (until);

CREATE TABLE audit.signal_progress (
    only_row      boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    next_position bigint NOT NULL DEFAULT 0,
    moved_at      timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE audit.signal_progress IS 'How far the log was looked at for signals, and the lock of whoever looks.';
COMMENT ON COLUMN audit.signal_progress.only_row IS 'There is one row.';
COMMENT ON COLUMN audit.signal_progress.next_position IS 'The first place in the log that was not looked at yet.';
COMMENT ON COLUMN audit.signal_progress.moved_at IS 'When that was last changed.';
INSERT INTO audit.signal_progress DEFAULT VALUES;

GRANT SELECT (audit_id) ON audit.entry TO dancu_search;
GRANT SELECT, UPDATE ON audit.signal_progress TO dancu_search;
GRANT SELECT, INSERT ON audit.signal TO dancu_search;
GRANT UPDATE (client_id, value, threshold, entries, first_position, last_position, grown_at, told_value)
    ON audit.signal TO dancu_search;
GRANT SELECT ON audit.signal, audit.signal_progress TO dancu_audit;

-- As before, and the day's signals go with the entries that would show what is behind them.
CREATE OR REPLACE FUNCTION audit.drop_detached(day date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s'
AS $$
DECLARE
    partition text := 'entry_' || to_char(day, 'YYYYMMDD');
    begins timestamptz := (to_char(day, 'YYYY-MM-DD') || ' 00:00:00+07')::timestamptz;
    ends timestamptz := (to_char(day + 1, 'YYYY-MM-DD') || ' 00:00:00+07')::timestamptz;
BEGIN
    IF EXISTS (SELECT FROM pg_inherits WHERE inhrelid = to_regclass(format('audit.%I', partition))) THEN
        RAISE EXCEPTION 'the entries of % are still part of the log', day
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    EXECUTE format('DROP TABLE IF EXISTS audit.%I', partition);
    IF day < (clock_timestamp() AT TIME ZONE INTERVAL '7 hours')::date
             - (SELECT minimum_days FROM audit.retention) THEN
        DELETE FROM audit.attachment WHERE at >= begins AND at < ends;
        DELETE FROM audit.search_entry WHERE at >= begins AND at < ends;
        DELETE FROM audit.search_hour WHERE hour >= begins AND hour < ends;
        DELETE FROM audit.signal WHERE until > begins AND until <= ends;
        IF date_part('day', day + 1) = 1 THEN
            BEGIN
                EXECUTE format('DROP TABLE IF EXISTS audit.%I', 'search_entry_' || to_char(day, 'YYYYMM'));
            EXCEPTION
                WHEN lock_not_available THEN NULL;
            END;
        END IF;
    END IF;
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
