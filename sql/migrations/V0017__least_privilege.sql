-- Each role keeps what its statements need and no more. Who writes the register is a role of its own, so
-- that whoever answers callers only reads it. docs/operations/roles.md has the whole table, and a test
-- compares it with the database.

-- The register's feed: dancu import and generate, and POST /v1/register/changes.
GRANT USAGE ON SCHEMA register TO dancu_feed;
GRANT SELECT, INSERT, UPDATE ON register.citizen TO dancu_feed;
GRANT INSERT (personal_id, revision, recorded_at, document) ON register.citizen_revision TO dancu_feed;
GRANT SELECT, INSERT, DELETE ON register.old_number, register.protected_number TO dancu_feed;
GRANT SELECT, UPDATE (head) ON register.feed TO dancu_feed;
GRANT INSERT (position, kind, personal_id, old_numbers, protected_changed) ON register.change TO dancu_feed;
GRANT SELECT, INSERT (digest, byte_offset, line, applied, ignored, rejected, finished_at),
    UPDATE (byte_offset, line, applied, ignored, rejected, finished_at, updated_at)
    ON register.import TO dancu_feed;
-- A table of staged rows is made like register.citizen, which takes its types.
REVOKE USAGE ON DOMAIN register.partial_date, register.personal_number, register.old_id_number,
    register.country_code, register.province_code, register.district_code, register.commune_code,
    register.list_code FROM PUBLIC;
GRANT USAGE ON DOMAIN register.partial_date, register.personal_number, register.old_id_number,
    register.country_code, register.province_code, register.district_code, register.commune_code,
    register.list_code TO dancu_feed;

-- The service reads the register.
REVOKE INSERT, UPDATE ON register.citizen FROM dancu_service;
REVOKE ALL ON register.citizen_revision, register.import FROM dancu_service;
REVOKE INSERT, DELETE ON register.old_number, register.protected_number FROM dancu_service;
REVOKE UPDATE ON register.feed FROM dancu_service;
REVOKE INSERT ON register.change FROM dancu_service;

-- It administers, but no identifier becomes another one.
REVOKE UPDATE ON policy.feed, policy.agency, policy.client, policy.officer, policy.procedure,
    policy.agreement FROM dancu_service;
GRANT UPDATE (head) ON policy.feed TO dancu_service;
GRANT UPDATE (name, parent) ON policy.agency TO dancu_service;
GRANT UPDATE (issuer, agency_code, name, active, scopes) ON policy.client TO dancu_service;
GRANT UPDATE (officer_id, agency_code, name, active) ON policy.officer TO dancu_service;
GRANT UPDATE (name, legal_basis, confidential, form, papers) ON policy.procedure TO dancu_service;
GRANT UPDATE (client_id, procedure_code, operations, read_fields, claim_fields, valid_from, valid_to,
    name_match, officer) ON policy.agreement TO dancu_service;
-- What is remembered for good is remembered with the database's time.
REVOKE INSERT ON policy.confidential_procedure FROM dancu_service;
GRANT INSERT (code) ON policy.confidential_procedure TO dancu_service;

-- Of the log it sees how far sealing is, for answers stop while it is not; the tree is read for
-- onlookers by the auditors' role.
REVOKE SELECT ON audit.epoch, audit.tile, audit.note_key, audit.cosignature FROM dancu_service;
REVOKE INSERT ON audit.lane FROM dancu_service;
GRANT INSERT (day, process, predecessor) ON audit.lane TO dancu_service;
REVOKE SELECT ON audit.month_key FROM dancu_service;
GRANT SELECT (month, generation, kek_id, wrapped) ON audit.month_key TO dancu_service;
REVOKE SELECT ON reference.release FROM dancu_service;
REVOKE INSERT ON console.session FROM dancu_service;
GRANT INSERT (id_digest, sealed, expires_at) ON console.session TO dancu_service;

-- Who keeps partitions reads no code lists, and prunes the feed by the function alone.
REVOKE ALL ON ALL TABLES IN SCHEMA reference FROM dancu_maintain;
REVOKE USAGE ON SCHEMA reference FROM dancu_maintain;
ALTER FUNCTION register.prune(interval) SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON register.change FROM dancu_maintain;

-- Who seals cannot say when something was made, nor give a new epoch a past that was dropped.
REVOKE INSERT ON audit.epoch, audit.sealed, audit.note_key, audit.checkpoint, audit.cosignature
    FROM dancu_seal;
GRANT INSERT (epoch, origin, follows) ON audit.epoch TO dancu_seal;
GRANT INSERT (epoch, first_index, lane_id, first_seq, count) ON audit.sealed TO dancu_seal;
GRANT INSERT (vkey) ON audit.note_key TO dancu_seal;
GRANT INSERT (epoch, size, root, note) ON audit.checkpoint TO dancu_seal;
GRANT INSERT (epoch, size, name, key_id, line) ON audit.cosignature TO dancu_seal;
REVOKE UPDATE ON audit.sealer FROM dancu_seal;
GRANT UPDATE (fence, process, backend_pid, backend_started, touched_at, epoch, planned, sealed_through,
    second_place) ON audit.sealer TO dancu_seal;

-- Who makes the log searchable moves on, and adds up.
REVOKE UPDATE ON audit.search_progress, audit.search_hour, audit.tally, audit.signal_progress
    FROM dancu_search;
GRANT UPDATE (epoch, next_index, moved_at) ON audit.search_progress TO dancu_search;
GRANT UPDATE (first_position, last_position) ON audit.search_hour TO dancu_search;
GRANT UPDATE (requests, disclosed, papers) ON audit.tally TO dancu_search;
GRANT UPDATE (next_position, moved_at) ON audit.signal_progress TO dancu_search;
REVOKE INSERT ON audit.signal FROM dancu_search;
GRANT INSERT (kind, since, until, actor, actor_tag, actor_client, subject_tag, agency_code, client_id,
    value, threshold, entries, first_position, last_position, walked) ON audit.signal TO dancu_search;

-- Nothing of ours is everybody's to call.
REVOKE ALL ON FUNCTION audit.member(bytea, integer), audit.id_of(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.member(bytea, integer), audit.id_of(bytea) TO dancu_audit, dancu_search;
