-- What a lane writes together lies together. A row an entry, with the columns it was searched by and two
-- indexes, cost most of what an answer cost the database; what is searched has a table of its own
-- since V0010, so the entries themselves are all that is left.

CREATE TABLE audit.block (
    at        timestamptz NOT NULL,
    lane_id   bigint NOT NULL,
    first_seq bigint NOT NULL,
    count     integer NOT NULL,
    entries   bytea[] NOT NULL
) PARTITION BY RANGE (at);
-- No CHECK: each would be read and made ready anew for every batch. What is in a block is believed by nobody.
-- Entries are full of random bytes and hashes: to compress them would cost more than it saves.
ALTER TABLE audit.block ALTER COLUMN entries SET STORAGE EXTERNAL;
COMMENT ON TABLE audit.block IS 'Entries of one lane that were recorded at the same time, in partitions by Vietnam''s day. audit.entry shows them one by one.';
COMMENT ON COLUMN audit.block.at IS 'When they were recorded, to the millisecond.';
COMMENT ON COLUMN audit.block.lane_id IS 'The lane that wrote them.';
COMMENT ON COLUMN audit.block.first_seq IS 'The number of the first one in the lane, from 0. A hole is a lost entry.';
COMMENT ON COLUMN audit.block.count IS 'How many there are, up to 1,024. What lies behind these is no entry.';
COMMENT ON COLUMN audit.block.entries IS 'The canonical entries (docs/audit-entry.md), whose hashes are leaves of the transparency log.';
-- The writer sends INSERT without RETURNING or a conflict target, and needs no more than this.
GRANT INSERT ON audit.block TO dancu_service;
GRANT SELECT ON audit.block TO dancu_audit, dancu_seal, dancu_search;

-- The partition of a day, not yet attached.
CREATE FUNCTION audit.make_block_partition(partition text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    EXECUTE format('CREATE TABLE audit.%I (LIKE audit.block INCLUDING ALL)', partition);
    -- Blocks of less than a page stay in it.
    EXECUTE format('ALTER TABLE audit.%I SET (toast_tuple_target = 8160)', partition);
    EXECUTE format('CREATE UNIQUE INDEX %I ON audit.%I (lane_id, first_seq)', partition || '_lane', partition);
    EXECUTE format('CREATE INDEX %I ON audit.%I (at)', partition || '_at', partition);
END
$$;
COMMENT ON FUNCTION audit.make_block_partition(text) IS 'Makes a table of blocks; called with the rights of whoever makes a day''s.';
REVOKE ALL ON FUNCTION audit.make_block_partition(text) FROM PUBLIC;

CREATE FUNCTION audit.attach_block_partition(partition text, day date) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    EXECUTE format(
        'ALTER TABLE audit.block ATTACH PARTITION audit.%I FOR VALUES FROM (%L) TO (%L)',
        partition,
        to_char(day, 'YYYY-MM-DD') || ' 00:00:00+07',
        to_char(day + 1, 'YYYY-MM-DD') || ' 00:00:00+07');
END
$$;
COMMENT ON FUNCTION audit.attach_block_partition(text, date) IS 'Makes a table of blocks part of the log; called with the rights of whoever makes a day''s.';
REVOKE ALL ON FUNCTION audit.attach_block_partition(text, date) FROM PUBLIC;

-- What was written a row an entry, day by day, attached where it was attached.
DO $$
DECLARE
    old record;
    partition text;
BEGIN
    FOR old IN
        SELECT c.oid, c.relname, right(c.relname, 8) AS digits,
               EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid) AS attached
        FROM pg_class c
        WHERE c.relnamespace = to_regnamespace('audit') AND c.relkind = 'r'
          AND c.relname ~ '^entry_[0-9]{8}$'
    LOOP
        partition := 'block_' || old.digits;
        PERFORM audit.make_block_partition(partition);
        EXECUTE format(
            'INSERT INTO audit.%I (at, lane_id, first_seq, count, entries)
             SELECT at, lane_id, min(seq), count(*), array_agg(entry ORDER BY seq)
             FROM (SELECT at, lane_id, seq, entry,
                          seq - row_number() OVER (PARTITION BY lane_id, at ORDER BY seq) AS run,
                          (row_number() OVER (PARTITION BY lane_id, at ORDER BY seq) - 1) / 1024 AS part
                   FROM audit.%I WHERE seq >= 0) AS e
             GROUP BY lane_id, at, run, part',
            partition, old.relname);
        IF old.attached THEN
            PERFORM audit.attach_block_partition(partition, to_date(old.digits, 'YYYYMMDD'));
        ELSE
            EXECUTE format('DROP TABLE audit.%I', old.relname);
        END IF;
    END LOOP;
END
$$;
DROP TABLE audit.entry;

-- The text or the bytes that an entry has under a key, for whoever reads the log by SQL: null where there
-- are none, or where this is no entry.
CREATE FUNCTION audit.member(entry bytea, wanted integer) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
    size  integer := octet_length(entry);
    place integer := 1;
    key   integer;
    major integer;
    value bigint;
    width integer;
    items bigint;
BEGIN
    IF size > 0 AND get_byte(entry, 0) = 184 THEN
        place := 2;
    END IF;
    WHILE place < size LOOP
        key := get_byte(entry, place);
        place := place + 1;
        IF key = 24 AND place < size THEN
            key := get_byte(entry, place);
            place := place + 1;
        END IF;
        -- Keys ascend.
        IF key > wanted THEN
            RETURN NULL;
        END IF;
        items := 1;
        WHILE items > 0 LOOP
            IF place >= size THEN
                RETURN NULL;
            END IF;
            major := get_byte(entry, place) >> 5;
            value := get_byte(entry, place) & 31;
            place := place + 1;
            width := CASE value WHEN 24 THEN 1 WHEN 25 THEN 2 WHEN 26 THEN 4 WHEN 27 THEN 8 ELSE 0 END;
            IF width > 0 THEN
                value := ('x' || lpad(encode(substr(entry, place + 1, width), 'hex'), 16, '0'))::bit(64)::bigint;
                place := place + width;
            END IF;
            items := items - 1;
            IF major IN (2, 3) THEN
                IF value < 0 OR value > size - place THEN
                    RETURN NULL;
                END IF;
                IF key = wanted THEN
                    RETURN substr(entry, place + 1, value::integer);
                END IF;
                place := place + value::integer;
            ELSIF major = 4 THEN
                IF key = wanted OR value < 0 OR value > size - place THEN
                    RETURN NULL;
                END IF;
                items := items + value;
            END IF;
        END LOOP;
    END LOOP;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION audit.member(bytea, integer) IS 'The text or bytes that an entry has under a key of docs/audit-entry.md.';

-- An entry ends with its id.
CREATE FUNCTION audit.id_of(entry bytea) RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN octet_length(entry) >= 16
            THEN encode(substr(entry, octet_length(entry) - 15), 'hex')::uuid END;
COMMENT ON FUNCTION audit.id_of(bytea) IS 'The id of an entry, which is its last member.';

CREATE VIEW audit.entry WITH (security_invoker = true) AS
SELECT audit.id_of(e.entry) AS audit_id, b.at, b.lane_id, 
       -- The sum of any number and a place is one.
       least(b.first_seq, 4611686018427387904) + e.place - 1 AS seq,
       convert_from(audit.member(e.entry, 12), 'UTF8') AS agency_code,
       convert_from(audit.member(e.entry, 13), 'UTF8') AS client_id,
       convert_from(audit.member(e.entry, 16), 'UTF8') AS procedure_code,
       convert_from(audit.member(e.entry, 8), 'UTF8') AS operation,
       convert_from(audit.member(e.entry, 10), 'UTF8') AS decision,
       audit.member(e.entry, 3) AS subject_tag,
       audit.member(e.entry, 4) AS officer_tag,
       audit.member(e.entry, 5) AS case_tag,
       e.entry
FROM audit.block b
CROSS JOIN LATERAL unnest(b.entries) WITH ORDINALITY AS e (entry, place)
WHERE e.place <= b.count;
COMMENT ON VIEW audit.entry IS 'One decision a row. Everything but at, lane_id and seq is read out of the entry.';
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
GRANT SELECT ON audit.entry TO dancu_audit, dancu_search;

-- As before, of blocks.
CREATE OR REPLACE FUNCTION audit.create_partition(day date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s'
AS $$
DECLARE
    partition text := 'block_' || to_char(day, 'YYYYMMDD');
BEGIN
    PERFORM audit.create_search_partition(day);
    IF to_regclass(format('audit.%I', partition)) IS NOT NULL THEN
        RETURN false;
    END IF;
    PERFORM audit.make_block_partition(partition);
    PERFORM audit.attach_block_partition(partition, day);
    RETURN true;
END
$$;

CREATE OR REPLACE FUNCTION audit.detach_partition(day date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '100ms'
AS $$
BEGIN
    IF day >= (clock_timestamp() AT TIME ZONE INTERVAL '7 hours')::date
              - (SELECT minimum_days FROM audit.retention) THEN
        RAISE EXCEPTION 'the entries of % are younger than the least retention', day
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF EXISTS (SELECT FROM audit.lane l LEFT JOIN audit.lane_sealed s USING (lane_id)
               WHERE l.day = detach_partition.day AND s.finished IS NOT TRUE) THEN
        RAISE EXCEPTION 'not all entries of % are sealed', day
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    EXECUTE format('ALTER TABLE audit.block DETACH PARTITION audit.%I',
                   'block_' || to_char(day, 'YYYYMMDD'));
END
$$;

CREATE OR REPLACE FUNCTION audit.drop_detached(day date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s'
AS $$
DECLARE
    partition text := 'block_' || to_char(day, 'YYYYMMDD');
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
                            AND d.relname ~ ('^block_' || right(c.relname, 6) || '[0-9]{2}$'))
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
                           AND c.relname ~ '^block_[0-9]{8}$')
         ORDER BY s.first_index
         LIMIT 1),
        (SELECT s.first_index + s.count FROM audit.sealed s
         WHERE s.epoch = e.epoch ORDER BY s.first_index DESC LIMIT 1),
        0);
END
$$;

CREATE OR REPLACE FUNCTION audit.unsealed_of(lane bigint, day date, first_seq bigint,
                                             OUT recorded_at timestamptz, OUT last_seq bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    SELECT b.at INTO recorded_at FROM audit.block b
    WHERE b.lane_id = unsealed_of.lane AND b.first_seq > unsealed_of.first_seq - 1024
      AND b.first_seq > unsealed_of.first_seq - b.count AND b.first_seq < 4611686018427387904
      AND b.at >= unsealed_of.day::timestamp AT TIME ZONE INTERVAL '7 hours'
      AND b.at < (unsealed_of.day + 1)::timestamp AT TIME ZONE INTERVAL '7 hours'
    ORDER BY b.first_seq LIMIT 1;
    IF FOUND THEN
        SELECT b.first_seq + b.count - 1 INTO last_seq FROM audit.block b
        WHERE b.lane_id = unsealed_of.lane AND b.first_seq > unsealed_of.first_seq - 1024
          AND b.first_seq > unsealed_of.first_seq - b.count AND b.first_seq < 4611686018427387904
          AND b.at >= unsealed_of.day::timestamp AT TIME ZONE INTERVAL '7 hours'
          AND b.at < (unsealed_of.day + 1)::timestamp AT TIME ZONE INTERVAL '7 hours'
        ORDER BY b.first_seq DESC LIMIT 1;
    END IF;
END
$$;
