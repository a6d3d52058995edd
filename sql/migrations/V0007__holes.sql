-- Holes in lanes: what was lost before it was sealed is declared, so that sealing can go on behind it.
--
-- The version before this one goes on running on it: it knows neither the table nor the function. Its
-- sealer stops at a hole, declared or not, so declare once whoever seals is of this version.

CREATE TABLE audit.declared_hole (
    lane_id     bigint NOT NULL,
    first_seq   bigint NOT NULL CHECK (first_seq >= 0),
    last_seq    bigint NOT NULL CHECK (last_seq >= first_seq),
    audit_id    uuid NOT NULL,
    declared_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (lane_id, first_seq)
);
COMMENT ON TABLE audit.declared_hole IS 'Numbers of lanes whose entries were lost before they were sealed, as somebody declared. It makes sealing go on behind them; what excuses them is the declaring entry in the log alone.';
COMMENT ON COLUMN audit.declared_hole.lane_id IS 'The lane.';
COMMENT ON COLUMN audit.declared_hole.first_seq IS 'The first number that is lost.';
COMMENT ON COLUMN audit.declared_hole.last_seq IS 'The last one.';
COMMENT ON COLUMN audit.declared_hole.audit_id IS 'The entry that declares it (cli.declare_hole).';
COMMENT ON COLUMN audit.declared_hole.declared_at IS 'When it was declared.';
GRANT SELECT, INSERT (lane_id, first_seq, last_seq, audit_id) ON audit.declared_hole TO dancu_seal;
GRANT SELECT ON audit.declared_hole TO dancu_audit;

-- The service reads no entry. Whether answers may leave depends on how old the oldest one is that is
-- not sealed, so it is told that, and how far its lane goes, and nothing else.
CREATE FUNCTION audit.unsealed_of(lane bigint, day date, first_seq bigint,
                                  OUT recorded_at timestamptz, OUT last_seq bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    SELECT e.at INTO recorded_at FROM audit.entry e
    WHERE e.lane_id = unsealed_of.lane AND e.seq >= unsealed_of.first_seq
      AND e.seq < 9223372036854775807
      AND e.at >= unsealed_of.day::timestamp AT TIME ZONE INTERVAL '7 hours'
      AND e.at < (unsealed_of.day + 1)::timestamp AT TIME ZONE INTERVAL '7 hours'
    ORDER BY e.seq LIMIT 1;
    IF FOUND THEN
        SELECT e.seq INTO last_seq FROM audit.entry e
        WHERE e.lane_id = unsealed_of.lane AND e.seq >= unsealed_of.first_seq
          AND e.seq < 9223372036854775807
          AND e.at >= unsealed_of.day::timestamp AT TIME ZONE INTERVAL '7 hours'
          AND e.at < (unsealed_of.day + 1)::timestamp AT TIME ZONE INTERVAL '7 hours'
        ORDER BY e.seq DESC LIMIT 1;
    END IF;
END
$$;
COMMENT ON FUNCTION audit.unsealed_of(bigint, date, bigint) IS 'When the first entry of a lane from that number on was recorded, and the number of its last one.';
REVOKE ALL ON FUNCTION audit.unsealed_of(bigint, date, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.unsealed_of(bigint, date, bigint) TO dancu_service, dancu_seal;
