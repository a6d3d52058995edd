-- What auditors search: a row an entry, in the order of the transparency log, written behind the lanes.
--
-- Indexes on random keys would cost the lanes a fifth of what they write, so they are here. A follower
-- copies what was published, in the log's order and in one transaction with how far it is: whoever
-- pages through these rows by their position misses nothing and sees nothing twice.

CREATE TABLE audit.search_entry (
    position       bigint NOT NULL,
    at             timestamptz NOT NULL,
    audit_id       uuid NOT NULL,
    agency_code    text COLLATE "C",
    client_id      text COLLATE "C",
    procedure_code text COLLATE "C",
    operation      text COLLATE "C" NOT NULL,
    decision       text COLLATE "C" NOT NULL,
    disclosed      smallint NOT NULL,
    papers         smallint NOT NULL,
    subject_tag    bytea,
    officer_tag    bytea,
    case_tag       bytea,
    PRIMARY KEY (position, at)
) PARTITION BY RANGE (at);
COMMENT ON TABLE audit.search_entry IS 'What is searched of each published entry, in partitions by Vietnam''s month. The entry itself is audit.entry''s; a lane''s own entries are left out.';
COMMENT ON COLUMN audit.search_entry.position IS 'Place in the transparency log: the epoch times 2^40, plus the index of the leaf.';
COMMENT ON COLUMN audit.search_entry.at IS 'When it was recorded.';
COMMENT ON COLUMN audit.search_entry.audit_id IS 'The entry.';
COMMENT ON COLUMN audit.search_entry.agency_code IS 'The agency that asked.';
COMMENT ON COLUMN audit.search_entry.client_id IS 'The system that asked.';
COMMENT ON COLUMN audit.search_entry.procedure_code IS 'The procedure it was asked for.';
COMMENT ON COLUMN audit.search_entry.operation IS 'What was asked for.';
COMMENT ON COLUMN audit.search_entry.decision IS 'match, no_match, refused, failed or done.';
COMMENT ON COLUMN audit.search_entry.disclosed IS 'How many fields the answer disclosed.';
COMMENT ON COLUMN audit.search_entry.papers IS 'How many papers it made unnecessary.';
COMMENT ON COLUMN audit.search_entry.subject_tag IS 'Keyed pseudonym of the person, within the month.';
COMMENT ON COLUMN audit.search_entry.officer_tag IS 'Keyed pseudonym of the officer, within the month.';
COMMENT ON COLUMN audit.search_entry.case_tag IS 'Keyed pseudonym of the case, within the month.';
CREATE INDEX search_entry_subject ON audit.search_entry (subject_tag, position) WHERE subject_tag IS NOT NULL;
CREATE INDEX search_entry_officer ON audit.search_entry (officer_tag, position) WHERE officer_tag IS NOT NULL;
CREATE INDEX search_entry_case ON audit.search_entry (case_tag, position) WHERE case_tag IS NOT NULL;
CREATE INDEX search_entry_client ON audit.search_entry (client_id, position);
CREATE INDEX search_entry_agency ON audit.search_entry (agency_code, position);
CREATE INDEX search_entry_procedure ON audit.search_entry (procedure_code, position);

CREATE TABLE audit.search_progress (
    only_row   boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    epoch      integer NOT NULL DEFAULT 1,
    next_index bigint NOT NULL DEFAULT 0,
    moved_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE audit.search_progress IS 'How far the log is searchable, and the lock of whoever makes more of it so.';
COMMENT ON COLUMN audit.search_progress.only_row IS 'There is one row.';
COMMENT ON COLUMN audit.search_progress.epoch IS 'The epoch that is followed.';
COMMENT ON COLUMN audit.search_progress.next_index IS 'The first leaf of it that cannot be searched yet.';
COMMENT ON COLUMN audit.search_progress.moved_at IS 'When that was last changed.';
INSERT INTO audit.search_progress DEFAULT VALUES;

CREATE TABLE audit.search_hour (
    hour           timestamptz PRIMARY KEY,
    first_position bigint NOT NULL,
    last_position  bigint NOT NULL
);
COMMENT ON TABLE audit.search_hour IS 'Where the entries of an hour lie among the positions: an entry may be published long after it was recorded.';
COMMENT ON COLUMN audit.search_hour.hour IS 'Beginning of the hour in which the entries were recorded.';
COMMENT ON COLUMN audit.search_hour.first_position IS 'The smallest of their positions.';
COMMENT ON COLUMN audit.search_hour.last_position IS 'The largest.';

CREATE TABLE audit.tally (
    hour           timestamptz NOT NULL,
    agency_code    text COLLATE "C" NOT NULL,
    client_id      text COLLATE "C" NOT NULL,
    procedure_code text COLLATE "C" NOT NULL,
    operation      text COLLATE "C" NOT NULL,
    decision       text COLLATE "C" NOT NULL,
    requests       bigint NOT NULL,
    disclosed      bigint NOT NULL,
    papers         bigint NOT NULL,
    PRIMARY KEY (hour, agency_code, client_id, procedure_code, operation, decision)
);
COMMENT ON TABLE audit.tally IS 'Entries by the hour, for charts: it names nobody, and stays when entries are dropped.';
COMMENT ON COLUMN audit.tally.hour IS 'Beginning of the hour in which they were recorded.';
COMMENT ON COLUMN audit.tally.agency_code IS 'The agency that asked; empty for none.';
COMMENT ON COLUMN audit.tally.client_id IS 'The system that asked; empty for none.';
COMMENT ON COLUMN audit.tally.procedure_code IS 'The procedure; empty for none.';
COMMENT ON COLUMN audit.tally.operation IS 'What was asked for.';
COMMENT ON COLUMN audit.tally.decision IS 'match, no_match, refused, failed or done.';
COMMENT ON COLUMN audit.tally.requests IS 'How many entries.';
COMMENT ON COLUMN audit.tally.disclosed IS 'How many fields they disclosed.';
COMMENT ON COLUMN audit.tally.papers IS 'How many papers they made unnecessary.';

GRANT USAGE ON SCHEMA audit TO dancu_search;
GRANT SELECT (lane_id, seq, at, entry) ON audit.entry TO dancu_search;
GRANT SELECT ON audit.lane, audit.epoch, audit.sealed, audit.checkpoint TO dancu_search;
GRANT SELECT, UPDATE ON audit.search_progress TO dancu_search;
GRANT SELECT, INSERT ON audit.search_entry TO dancu_search;
GRANT SELECT, INSERT, UPDATE ON audit.search_hour, audit.tally TO dancu_search;
GRANT SELECT ON audit.search_entry, audit.search_progress, audit.search_hour, audit.tally TO dancu_audit;

-- Makes the month's partition of what is searched, unless it is there.
CREATE FUNCTION audit.create_search_partition(day date) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    first date := date_trunc('month', day)::date;
    partition text := 'search_entry_' || to_char(day, 'YYYYMM');
BEGIN
    IF to_regclass(format('audit.%I', partition)) IS NOT NULL THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE audit.%I (LIKE audit.search_entry INCLUDING ALL)', partition);
    EXECUTE format(
        'ALTER TABLE audit.search_entry ATTACH PARTITION audit.%I FOR VALUES FROM (%L) TO (%L)',
        partition,
        to_char(first, 'YYYY-MM-DD') || ' 00:00:00+07',
        to_char(first + INTERVAL '1 month', 'YYYY-MM-DD') || ' 00:00:00+07');
END
$$;
COMMENT ON FUNCTION audit.create_search_partition(date) IS 'Makes the month''s partition of what is searched; called with the rights of whoever makes the day''s.';
REVOKE ALL ON FUNCTION audit.create_search_partition(date) FROM PUBLIC;

-- As before, and the month's partition of what is searched.
CREATE OR REPLACE FUNCTION audit.create_partition(day date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s'
AS $$
DECLARE
    partition text := 'entry_' || to_char(day, 'YYYYMMDD');
BEGIN
    PERFORM audit.create_search_partition(day);
    IF to_regclass(format('audit.%I', partition)) IS NOT NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE audit.%I (LIKE audit.entry INCLUDING ALL)', partition);
    EXECUTE format('CREATE UNIQUE INDEX %I ON audit.%I (lane_id, seq)', partition || '_lane', partition);
    EXECUTE format('CREATE INDEX %I ON audit.%I (audit_id)', partition || '_id', partition);
    EXECUTE format(
        'ALTER TABLE audit.entry ATTACH PARTITION audit.%I FOR VALUES FROM (%L) TO (%L)',
        partition,
        to_char(day, 'YYYY-MM-DD') || ' 00:00:00+07',
        to_char(day + 1, 'YYYY-MM-DD') || ' 00:00:00+07');
    RETURN true;
END
$$;

-- As before, and what is searched of the day goes with it; the month's partition with its last day,
-- if nobody reads it just then.
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

SELECT audit.create_search_partition(to_date(right(c.relname, 8), 'YYYYMMDD'))
FROM pg_class c
WHERE c.relnamespace = to_regnamespace('audit') AND c.relkind = 'r' AND c.relname ~ '^entry_[0-9]{8}$';
