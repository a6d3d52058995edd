-- The schema beyond one machine: to be run once on the coordinator of a Citus cluster (12 or newer), as the
-- schema's owner, after `dancu migrate` and before there are people or entries.
--
-- It is not part of any migration, and nobody has run the service on Citus yet. What would have to change is
-- told in docs/operations/beyond-one-machine.md. A test holds that every table is in one of three classes
-- here, and that its keys and references fit that class.

-- People, each with everything of their own on one node.
SELECT create_distributed_table('register.citizen', 'personal_id', shard_count => 64);
SELECT create_distributed_table('register.citizen_revision', 'personal_id', colocate_with => 'register.citizen');
SELECT create_distributed_table('register.old_number', 'personal_id', colocate_with => 'register.citizen');
SELECT create_distributed_table('register.protected_number', 'personal_id', colocate_with => 'register.citizen');

-- Entries, each lane's on one node, so that a batch is one statement of one node and its commit one flush.
SELECT create_distributed_table('audit.block', 'lane_id', shard_count => 64);
SELECT create_distributed_table('audit.attachment', 'lane_id', colocate_with => 'audit.block');

-- Small tables that are read everywhere and seldom written; whoever is referred to comes first.
SELECT create_reference_table('policy.agency');
SELECT create_reference_table('policy.client');
SELECT create_reference_table('policy.officer');
SELECT create_reference_table('policy.procedure');
SELECT create_reference_table('policy.agreement');
SELECT create_reference_table('policy.bootstrap');
SELECT create_reference_table('policy.confidential_procedure');
SELECT create_reference_table('reference.province');
SELECT create_reference_table('reference.district');
SELECT create_reference_table('reference.commune');
SELECT create_reference_table('reference.province_conversion');
SELECT create_reference_table('reference.commune_conversion');
SELECT create_reference_table('reference.ethnic_group');
SELECT create_reference_table('reference.religion');
SELECT create_reference_table('reference.number_prefix');
SELECT create_reference_table('reference.coded_value');

-- Counters, leases, queues and whatever has one order: tables of the coordinator alone, left as they are.
-- local register.feed
-- local register.change
-- local register.import
-- local policy.feed
-- local reference.release
-- local console.session
-- local audit.lane
-- local audit.lane_sealed
-- local audit.sealed
-- local audit.sealer
-- local audit.epoch
-- local audit.tile
-- local audit.note_key
-- local audit.checkpoint
-- local audit.cosignature
-- local audit.declared_hole
-- local audit.kek
-- local audit.month_key
-- local audit.retention
-- local audit.search_entry
-- local audit.search_progress
-- local audit.search_hour
-- local audit.tally
-- local audit.signal
-- local audit.signal_progress
-- local public.refinery_schema_history
