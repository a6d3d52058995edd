-- The audit log: entries by the day, the lanes that wrote them, and the months' wrapped keys.
--
-- Nobody but the owner may change or remove what is recorded here: the service inserts, the
-- auditors' role reads, and the maintaining role may only call the functions below.
CREATE SCHEMA audit;
GRANT USAGE ON SCHEMA audit TO dancu_service, dancu_audit, dancu_maintain;

CREATE TABLE audit.month_key (
    month   integer PRIMARY KEY CHECK (month BETWEEN 100 AND 999912),
    kek_id  bytea NOT NULL CHECK (octet_length(kek_id) = 8),
    wrapped bytea NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE audit.month_key IS 'The pair of keys that tags and seals the entries of one month. Deleting the row destroys the month''s personal parts, once no backup and no copy of the key-encryption key is left.';
COMMENT ON COLUMN audit.month_key.month IS 'Month of Vietnam''s calendar, as 202611.';
COMMENT ON COLUMN audit.month_key.kek_id IS 'Which key-encryption key wrapped the pair.';
COMMENT ON COLUMN audit.month_key.wrapped IS 'Nonce, encrypted tag key and seal key, authentication tag (AES-256-GCM-SIV).';
COMMENT ON COLUMN audit.month_key.made_at IS 'When the pair was made.';
GRANT SELECT, INSERT ON audit.month_key TO dancu_service;

CREATE TABLE audit.lane (
    lane_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    day          date NOT NULL,
    process      text NOT NULL,
    predecessor  bigint,
    opened_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    touched_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    acknowledged bigint NOT NULL DEFAULT -1,
    closed_at    timestamptz,
    abandoned_by bigint
);
COMMENT ON TABLE audit.lane IS 'The lanes that write entries. What a lane did is told by its own entries; this is where it is registered and looked after.';
COMMENT ON COLUMN audit.lane.lane_id IS 'Number of the lane, never used again.';
COMMENT ON COLUMN audit.lane.day IS 'Day in Vietnam, and so the partition, its entries lie in.';
COMMENT ON COLUMN audit.lane.process IS 'Host, process id and version of the writer.';
COMMENT ON COLUMN audit.lane.predecessor IS 'The lane the same writer wrote before.';
COMMENT ON COLUMN audit.lane.opened_at IS 'When it was registered, before its first entry.';
COMMENT ON COLUMN audit.lane.touched_at IS 'Its last sign of life.';
COMMENT ON COLUMN audit.lane.acknowledged IS 'Last sequence number known durable at that time; -1 before the first.';
COMMENT ON COLUMN audit.lane.closed_at IS 'When it ended with nothing unacknowledged.';
COMMENT ON COLUMN audit.lane.abandoned_by IS 'The lane whose entry reports that this one was given up.';
-- Few lanes are open at any time, and their successors look for those.
CREATE INDEX lane_open ON audit.lane (touched_at) WHERE closed_at IS NULL AND abandoned_by IS NULL;
GRANT SELECT, INSERT, UPDATE (touched_at, acknowledged, closed_at, abandoned_by)
    ON audit.lane TO dancu_service;
GRANT SELECT ON audit.lane TO dancu_audit;

CREATE TABLE audit.entry (
    audit_id       uuid NOT NULL,
    at             timestamptz NOT NULL,
    lane_id        bigint NOT NULL,
    seq            bigint NOT NULL,
    agency_code    text,
    client_id      text,
    procedure_code text,
    operation      text NOT NULL,
    decision       text NOT NULL,
    subject_tag    bytea,
    officer_tag    bytea,
    case_tag       bytea,
    entry          bytea NOT NULL
) PARTITION BY RANGE (at);
COMMENT ON TABLE audit.entry IS 'One decision a row, in partitions by Vietnam''s day. The column entry is the entry; the others repeat what is searched by.';
COMMENT ON COLUMN audit.entry.audit_id IS 'Version 7 UUID whose time is at.';
COMMENT ON COLUMN audit.entry.at IS 'When it was recorded, to the millisecond.';
COMMENT ON COLUMN audit.entry.lane_id IS 'The lane that wrote it.';
COMMENT ON COLUMN audit.entry.seq IS 'Its number in the lane, from 0. A hole is a lost entry.';
COMMENT ON COLUMN audit.entry.agency_code IS 'The agency that asked.';
COMMENT ON COLUMN audit.entry.client_id IS 'The system that asked.';
COMMENT ON COLUMN audit.entry.procedure_code IS 'The procedure it was asked for.';
COMMENT ON COLUMN audit.entry.operation IS 'What was asked for.';
COMMENT ON COLUMN audit.entry.decision IS 'match, no_match, refused, failed or done.';
COMMENT ON COLUMN audit.entry.subject_tag IS 'Keyed pseudonym of the person, within the month.';
COMMENT ON COLUMN audit.entry.officer_tag IS 'Keyed pseudonym of the officer, within the month.';
COMMENT ON COLUMN audit.entry.case_tag IS 'Keyed pseudonym of the case, within the month.';
COMMENT ON COLUMN audit.entry.entry IS 'The canonical entry (docs/audit-entry.md), whose hash is the leaf of the transparency log.';
-- COPY, and the retry without RETURNING or a conflict target, need no more than this.
GRANT INSERT ON audit.entry TO dancu_service;
GRANT SELECT ON audit.entry TO dancu_audit;

CREATE TABLE audit.attachment (
    lane_id bigint NOT NULL,
    seq     bigint NOT NULL,
    at      timestamptz NOT NULL,
    sealed  bytea NOT NULL,
    PRIMARY KEY (lane_id, seq)
);
COMMENT ON TABLE audit.attachment IS 'The state before and after an administrative change, sealed beside its entry, which holds the digest.';
COMMENT ON COLUMN audit.attachment.lane_id IS 'The lane of the entry.';
COMMENT ON COLUMN audit.attachment.seq IS 'The entry''s number in the lane.';
COMMENT ON COLUMN audit.attachment.at IS 'The entry''s time.';
COMMENT ON COLUMN audit.attachment.sealed IS 'Nonce, encrypted state, authentication tag, under the seal key of the entry''s month.';
GRANT INSERT ON audit.attachment TO dancu_service;
GRANT SELECT ON audit.attachment TO dancu_audit;

CREATE TABLE audit.retention (
    only_row     boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    minimum_days integer NOT NULL CHECK (minimum_days >= 1)
);
COMMENT ON TABLE audit.retention IS 'How young a partition may not be dropped, whoever asks. Only the owner of the schema changes it.';
COMMENT ON COLUMN audit.retention.only_row IS 'There is one row.';
COMMENT ON COLUMN audit.retention.minimum_days IS 'Days an entry is kept at the least.';
INSERT INTO audit.retention (minimum_days) VALUES (365);
GRANT SELECT ON audit.retention TO dancu_maintain;

-- Makes the partition of that day in Vietnam, unless it is there; says whether it made it.
-- ATTACH stands in nobody's way; CREATE … PARTITION OF would stop every COPY behind a reader.
CREATE FUNCTION audit.create_partition(day date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s'
AS $$
DECLARE
    partition text := 'entry_' || to_char(day, 'YYYYMMDD');
BEGIN
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
COMMENT ON FUNCTION audit.create_partition(date) IS 'Makes the partition of a day, for the maintaining role.';

-- Takes the partition of that day out of the log, if it is older than any retention may be. This
-- stops writers while it waits for readers, so it waits for a moment only and is tried again.
CREATE FUNCTION audit.detach_partition(day date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '100ms'
AS $$
BEGIN
    IF day >= (clock_timestamp() AT TIME ZONE INTERVAL '7 hours')::date
              - (SELECT minimum_days FROM audit.retention) THEN
        RAISE EXCEPTION 'the entries of % are younger than the least retention', day
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    EXECUTE format('ALTER TABLE audit.entry DETACH PARTITION audit.%I',
                   'entry_' || to_char(day, 'YYYYMMDD'));
END
$$;
COMMENT ON FUNCTION audit.detach_partition(date) IS 'Takes an expired day out of the log, for the maintaining role.';

-- Drops what detach_partition took out, and the attachments of that day. A transaction of its own,
-- because removing large files while writers wait would be felt.
CREATE FUNCTION audit.drop_detached(day date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s'
AS $$
DECLARE
    partition text := 'entry_' || to_char(day, 'YYYYMMDD');
BEGIN
    IF EXISTS (SELECT FROM pg_inherits WHERE inhrelid = to_regclass(format('audit.%I', partition))) THEN
        RAISE EXCEPTION 'the entries of % are still part of the log', day
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    EXECUTE format('DROP TABLE IF EXISTS audit.%I', partition);
    DELETE FROM audit.attachment
    WHERE at >= (to_char(day, 'YYYY-MM-DD') || ' 00:00:00+07')::timestamptz
      AND at < (to_char(day + 1, 'YYYY-MM-DD') || ' 00:00:00+07')::timestamptz
      AND day < (clock_timestamp() AT TIME ZONE INTERVAL '7 hours')::date
                - (SELECT minimum_days FROM audit.retention);
END
$$;
COMMENT ON FUNCTION audit.drop_detached(date) IS 'Drops a day that was taken out of the log, for the maintaining role.';

REVOKE ALL ON FUNCTION audit.create_partition(date), audit.detach_partition(date),
    audit.drop_detached(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.create_partition(date), audit.detach_partition(date),
    audit.drop_detached(date) TO dancu_maintain;
