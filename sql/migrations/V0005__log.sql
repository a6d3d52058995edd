-- The transparency log: which entry is which leaf, the tree's tiles, and the signed heads.
--
-- The sealing role adds to these tables and changes nothing in them but what grows; nobody removes
-- anything. What they say is proven by hashes and signatures, not by these rights
-- (docs/transparency-log.md).

CREATE TABLE audit.epoch (
    epoch      integer PRIMARY KEY CHECK (epoch >= 1),
    origin     text NOT NULL UNIQUE,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    follows    text,
    minimum_index bigint NOT NULL DEFAULT 0
);
COMMENT ON TABLE audit.epoch IS 'The trees of this log, one after another. There is one for good, unless a restored backup lost what was signed.';
COMMENT ON COLUMN audit.epoch.epoch IS 'Number of the epoch, from 1.';
COMMENT ON COLUMN audit.epoch.origin IS 'First line of its checkpoints, which names the log and the epoch.';
COMMENT ON COLUMN audit.epoch.started_at IS 'When it was started.';
COMMENT ON COLUMN audit.epoch.follows IS 'The last signed head of the epoch before, whose digest the first leaf of this one holds; none in the first.';

COMMENT ON COLUMN audit.epoch.minimum_index IS 'The log''s minimum index (C2SP tlog-tiles, pruning): all entries below were dropped when their retention was over. Their leaves, tiles and proofs stay.';

CREATE TABLE audit.sealer (
    only_row        boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    fence           bigint NOT NULL DEFAULT 0,
    process         text,
    backend_pid     integer,
    backend_started timestamptz,
    touched_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    epoch           integer NOT NULL DEFAULT 1,
    planned         bigint NOT NULL DEFAULT 0,
    sealed_through  timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE audit.sealer IS 'The lease of the one process that seals, and how far it is.';
COMMENT ON COLUMN audit.sealer.only_row IS 'There is one row.';
COMMENT ON COLUMN audit.sealer.fence IS 'Number of the lease. Whoever holds an older one changes nothing any more.';
COMMENT ON COLUMN audit.sealer.process IS 'Host, process id and version of the holder.';
COMMENT ON COLUMN audit.sealer.backend_pid IS 'Server process of the holder''s connection: when it is gone, so is the holder.';
COMMENT ON COLUMN audit.sealer.backend_started IS 'When that server process began, for numbers are used again.';
COMMENT ON COLUMN audit.sealer.touched_at IS 'The holder''s last sign of life.';
COMMENT ON COLUMN audit.sealer.epoch IS 'The epoch that grows.';
COMMENT ON COLUMN audit.sealer.planned IS 'How many leaves of the epoch are planned.';
COMMENT ON COLUMN audit.sealer.sealed_through IS 'Every entry that was committed at this time is sealed, in the second place and published.';
INSERT INTO audit.sealer DEFAULT VALUES;

CREATE TABLE audit.sealed (
    epoch       integer NOT NULL REFERENCES audit.epoch,
    first_index bigint NOT NULL CHECK (first_index >= 0),
    lane_id     bigint NOT NULL,
    first_seq   bigint NOT NULL CHECK (first_seq >= 0),
    count       integer NOT NULL CHECK (count > 0),
    planned_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (epoch, first_index),
    UNIQUE (lane_id, first_seq)
);
COMMENT ON TABLE audit.sealed IS 'The plan: which entries are which leaves. A row a lane and round, committed before anything is computed from it.';
COMMENT ON COLUMN audit.sealed.epoch IS 'The tree.';
COMMENT ON COLUMN audit.sealed.first_index IS 'Index of the first leaf.';
COMMENT ON COLUMN audit.sealed.lane_id IS 'The lane whose entries these are.';
COMMENT ON COLUMN audit.sealed.first_seq IS 'Number in the lane of the first entry; the others follow.';
COMMENT ON COLUMN audit.sealed.count IS 'How many entries.';
COMMENT ON COLUMN audit.sealed.planned_at IS 'When it was planned.';

CREATE TABLE audit.lane_sealed (
    lane_id  bigint PRIMARY KEY,
    next_seq bigint NOT NULL,
    finished boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE audit.lane_sealed IS 'How far each lane is planned: what audit.sealed says, summed up.';
COMMENT ON COLUMN audit.lane_sealed.lane_id IS 'The lane.';
COMMENT ON COLUMN audit.lane_sealed.next_seq IS 'Number of its next entry to be planned.';
COMMENT ON COLUMN audit.lane_sealed.finished IS 'Whether its last entry is planned, so that it need not be looked at again.';

CREATE TABLE audit.tile (
    epoch  integer NOT NULL,
    level  smallint NOT NULL CHECK (level BETWEEN 0 AND 7),
    index  bigint NOT NULL CHECK (index >= 0),
    hashes bytea NOT NULL CHECK (octet_length(hashes) BETWEEN 32 AND 8192 AND octet_length(hashes) % 32 = 0),
    PRIMARY KEY (epoch, level, index)
);
ALTER TABLE audit.tile ALTER COLUMN hashes SET STORAGE EXTERNAL;
COMMENT ON TABLE audit.tile IS 'The tree, in tiles of up to 256 hashes (C2SP tlog-tiles). A narrower tile is the beginning of the wider.';
COMMENT ON COLUMN audit.tile.epoch IS 'The tree.';
COMMENT ON COLUMN audit.tile.level IS 'Level: 0 holds the hashes of leaves.';
COMMENT ON COLUMN audit.tile.index IS 'Number within the level, from the left.';
COMMENT ON COLUMN audit.tile.hashes IS 'Its hashes, 32 bytes each. It grows until there are 256.';

CREATE TABLE audit.note_key (
    vkey     text PRIMARY KEY,
    added_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE audit.note_key IS 'Every key this log ever signed with, in public form. A verifier has its own copy, from elsewhere.';
COMMENT ON COLUMN audit.note_key.vkey IS 'The verifier key (C2SP signed-note).';
COMMENT ON COLUMN audit.note_key.added_at IS 'When it was first used.';

CREATE TABLE audit.checkpoint (
    epoch        integer NOT NULL,
    size         bigint NOT NULL CHECK (size > 0),
    root         bytea NOT NULL CHECK (octet_length(root) = 32),
    note         text NOT NULL,
    made_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    published_at timestamptz,
    PRIMARY KEY (epoch, size)
);
COMMENT ON TABLE audit.checkpoint IS 'Every head that was signed.';
COMMENT ON COLUMN audit.checkpoint.epoch IS 'The tree.';
COMMENT ON COLUMN audit.checkpoint.size IS 'How many leaves it has.';
COMMENT ON COLUMN audit.checkpoint.root IS 'Its root hash.';
COMMENT ON COLUMN audit.checkpoint.note IS 'The signed note (C2SP tlog-checkpoint), without cosignatures.';
COMMENT ON COLUMN audit.checkpoint.made_at IS 'When it was signed.';
COMMENT ON COLUMN audit.checkpoint.published_at IS 'When the second place had it, and it was shown under /log.';

CREATE TABLE audit.cosignature (
    epoch   integer NOT NULL,
    size    bigint NOT NULL,
    name    text NOT NULL,
    key_id  bigint NOT NULL,
    line    text NOT NULL,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (epoch, size, name, key_id)
);
COMMENT ON TABLE audit.cosignature IS 'What witnesses answered: that this head is consistent with all they saw before.';
COMMENT ON COLUMN audit.cosignature.epoch IS 'The tree.';
COMMENT ON COLUMN audit.cosignature.size IS 'The head''s size.';
COMMENT ON COLUMN audit.cosignature.name IS 'The witness''s name.';
COMMENT ON COLUMN audit.cosignature.key_id IS 'The id of its key.';
COMMENT ON COLUMN audit.cosignature.line IS 'The signature line (C2SP tlog-cosignature).';
COMMENT ON COLUMN audit.cosignature.made_at IS 'When it arrived.';

-- The sealing role sees of entries what it hashes, and where it lies.
GRANT USAGE ON SCHEMA audit TO dancu_seal;
GRANT SELECT (lane_id, seq, at, entry) ON audit.entry TO dancu_seal;
GRANT SELECT ON audit.lane TO dancu_seal;
GRANT SELECT, INSERT ON audit.epoch, audit.sealed, audit.lane_sealed, audit.tile, audit.note_key,
    audit.checkpoint, audit.cosignature TO dancu_seal;
GRANT SELECT, UPDATE ON audit.sealer TO dancu_seal;
GRANT UPDATE (next_seq, finished) ON audit.lane_sealed TO dancu_seal;
GRANT UPDATE (hashes) ON audit.tile TO dancu_seal;
-- A new epoch takes over what the one before planned and never signed.
GRANT UPDATE (epoch, first_index) ON audit.sealed TO dancu_seal;
GRANT UPDATE (published_at) ON audit.checkpoint TO dancu_seal;
GRANT SELECT ON audit.epoch, audit.sealer, audit.sealed, audit.lane_sealed, audit.tile,
    audit.note_key, audit.checkpoint, audit.cosignature TO dancu_service, dancu_audit;
-- Whoever verifies the log tells what was dropped in time from what was removed.
GRANT SELECT ON audit.retention TO dancu_audit;

-- As before, and only what is sealed leaves the log: a leaf remains of everything that was dropped.
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
    EXECUTE format('ALTER TABLE audit.entry DETACH PARTITION audit.%I',
                   'entry_' || to_char(day, 'YYYYMMDD'));
END
$$;

-- As before, and the log's minimum index rises to the first leaf whose entry is still there.
CREATE OR REPLACE FUNCTION audit.drop_detached(day date) RETURNS void
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
