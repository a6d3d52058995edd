-- The national population register: the record a person has now, every value it had before, and
-- the feed of what changed.
--
-- Every key of a table of people contains personal_id, the column they would be distributed by;
-- register.feed, register.change and register.import belong to one coordinating node. There are no
-- triggers: whoever writes register.citizen takes the lock of register.feed first and writes the
-- other tables in the same transaction.
CREATE SCHEMA register;
COMMENT ON SCHEMA register IS 'The population register: current records, their history, and the feed of changes';

CREATE DOMAIN register.partial_date AS text COLLATE "C" CHECK (
    VALUE ~ '^(1[89]|2[0-3])[0-9]{2}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$'
);
COMMENT ON DOMAIN register.partial_date IS
    'A date known to the year, month or day: ISO 8601 cut to what is known, so that its length is its precision and its order is the calendar''s';
CREATE DOMAIN register.personal_number AS text COLLATE "C" CHECK (VALUE ~ '^[0-9]{12}$');
COMMENT ON DOMAIN register.personal_number IS 'A personal identification number: twelve digits';
CREATE DOMAIN register.old_id_number AS text COLLATE "C" CHECK (VALUE ~ '^[0-9]{9}$');
COMMENT ON DOMAIN register.old_id_number IS 'The number of an old identity card (CMND): nine digits';
CREATE DOMAIN register.country_code AS text COLLATE "C" CHECK (VALUE ~ '^[A-Z]{2}$');
COMMENT ON DOMAIN register.country_code IS 'A country by ISO 3166-1 alpha-2';
CREATE DOMAIN register.province_code AS text COLLATE "C" CHECK (VALUE ~ '^[0-9]{2}$');
COMMENT ON DOMAIN register.province_code IS 'A province''s code: two digits, whose meaning depends on the day';
CREATE DOMAIN register.district_code AS text COLLATE "C" CHECK (VALUE ~ '^[0-9]{3}$');
COMMENT ON DOMAIN register.district_code IS 'A district''s code of before July 2025: three digits';
CREATE DOMAIN register.commune_code AS text COLLATE "C" CHECK (VALUE ~ '^[0-9]{5}$');
COMMENT ON DOMAIN register.commune_code IS 'A commune''s code: five digits, whose meaning depends on the day';
CREATE DOMAIN register.list_code AS text COLLATE "C" CHECK (VALUE ~ '^[0-9A-Za-z._-]{1,16}$');
COMMENT ON DOMAIN register.list_code IS 'A code of a list, or the name of such a list';

-- One wide row a person, typed columns for whatever is compared or constrained.
--
-- The key is text of twelve digits and not bigint. With random keys its index takes 41 bytes a person
-- against 26 (4.1 GB against 2.6 at 100 million), and a search of it a quarter longer, some 2 of 10
-- microseconds: less than the reading of a wide row, and paid only where the cache misses. In return
-- no statement, export or join can lose a leading zero. COLLATE "C" compares bytes, whatever the
-- database's locale; char(12) would be compared after trimming blanks and saves nothing.
--
-- Only the key is indexed and a changed record is seldom longer than a page has room for, so with
-- an eighth of each page free an update stays on its page and touches no index (a heap-only tuple).
CREATE TABLE register.citizen (
    personal_id text COLLATE "C" PRIMARY KEY CHECK (personal_id ~ '^[0-9]{12}$'),
    revision bigint NOT NULL CHECK (revision >= 1),
    recorded_at timestamptz NOT NULL DEFAULT statement_timestamp(),
    full_name text NOT NULL CHECK (full_name <> ''),
    birth_date register.partial_date NOT NULL,
    sex text CHECK (sex IN ('male', 'female', 'unknown')),
    old_id_numbers text[] NOT NULL DEFAULT '{}',
    family_name text,
    middle_name text,
    given_name text,
    other_name text,
    nationality register.country_code,
    ethnicity_code register.list_code,
    ethnicity_scheme text CHECK (ethnicity_scheme IN ('1979', '2008')),
    religion_code register.list_code,
    religion_scheme register.list_code,
    blood_type text CHECK (blood_type IN ('A', 'B', 'AB', 'O', 'unknown')),
    place_of_birth_country register.country_code,
    place_of_birth_province_code register.province_code,
    place_of_birth_district_code register.district_code,
    place_of_birth_commune_code register.commune_code,
    place_of_birth_detail text,
    place_of_birth_recorded_on register.partial_date,
    birth_registration_place_country register.country_code,
    birth_registration_place_province_code register.province_code,
    birth_registration_place_district_code register.district_code,
    birth_registration_place_commune_code register.commune_code,
    birth_registration_place_detail text,
    birth_registration_place_recorded_on register.partial_date,
    place_of_origin_country register.country_code,
    place_of_origin_province_code register.province_code,
    place_of_origin_district_code register.district_code,
    place_of_origin_commune_code register.commune_code,
    place_of_origin_detail text,
    place_of_origin_recorded_on register.partial_date,
    permanent_residence_country register.country_code,
    permanent_residence_province_code register.province_code,
    permanent_residence_district_code register.district_code,
    permanent_residence_commune_code register.commune_code,
    permanent_residence_detail text,
    permanent_residence_recorded_on register.partial_date,
    temporary_residence_country register.country_code,
    temporary_residence_province_code register.province_code,
    temporary_residence_district_code register.district_code,
    temporary_residence_commune_code register.commune_code,
    temporary_residence_detail text,
    temporary_residence_recorded_on register.partial_date,
    current_residence_country register.country_code,
    current_residence_province_code register.province_code,
    current_residence_district_code register.district_code,
    current_residence_commune_code register.commune_code,
    current_residence_detail text,
    current_residence_recorded_on register.partial_date,
    absence_declaration_from register.partial_date,
    absence_declaration_to register.partial_date,
    residence_file_number text,
    card_number text,
    card_kind text,
    card_issued_on register.partial_date,
    card_issued_by text,
    card_expires_on register.partial_date,
    marital_status text CHECK (marital_status IN ('single', 'married', 'divorced_or_widowed', 'unknown')),
    father_full_name text,
    father_personal_id register.personal_number,
    father_old_id_number register.old_id_number,
    father_nationality register.country_code,
    mother_full_name text,
    mother_personal_id register.personal_number,
    mother_old_id_number register.old_id_number,
    mother_nationality register.country_code,
    spouse_full_name text,
    spouse_personal_id register.personal_number,
    spouse_old_id_number register.old_id_number,
    spouse_nationality register.country_code,
    children jsonb CHECK (jsonb_typeof(children) = 'array'),
    legal_representative_full_name text,
    legal_representative_personal_id register.personal_number,
    legal_representative_old_id_number register.old_id_number,
    legal_representative_nationality register.country_code,
    represented_persons jsonb CHECK (jsonb_typeof(represented_persons) = 'array'),
    relation_to_head text,
    household_head_full_name text,
    household_head_personal_id register.personal_number,
    household_head_old_id_number register.old_id_number,
    household_head_nationality register.country_code,
    household_members jsonb CHECK (jsonb_typeof(household_members) = 'array'),
    mobile_number text,
    email text,
    protected boolean NOT NULL,
    status_kind text NOT NULL CHECK (
        status_kind IN ('active', 'deceased', 'missing', 'number_cancelled', 'erroneous')
    ),
    status_since register.partial_date,
    status_superseded_by register.personal_number,
    relative_numbers text[],
    CHECK ((ethnicity_code IS NULL) = (ethnicity_scheme IS NULL)),
    CHECK (religion_scheme IS NULL OR religion_code IS NOT NULL),
    CHECK (status_superseded_by IS NULL OR status_kind = 'number_cancelled')
) WITH (fillfactor = 87, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
COMMENT ON TABLE register.citizen IS 'The record each person has now (Identity Law 26/2023 article 9)';
COMMENT ON COLUMN register.citizen.personal_id IS
    'The personal identification number: the key, and the distribution column';
COMMENT ON COLUMN register.citizen.revision IS
    'The register''s own number of this state of the record; it only grows';
COMMENT ON COLUMN register.citizen.recorded_at IS
    'When this revision was applied here, by the database''s clock';
COMMENT ON COLUMN register.citizen.full_name IS 'Family, middle and given name at birth, as one text';
COMMENT ON COLUMN register.citizen.birth_date IS 'Date of birth, to the day, month or year';
COMMENT ON COLUMN register.citizen.sex IS 'Sex; null where the register says nothing';
COMMENT ON COLUMN register.citizen.old_id_numbers IS
    'Nine-digit numbers of earlier cards; the searchable copy is register.old_number';
COMMENT ON COLUMN register.citizen.family_name IS 'Family name, where the register holds the parts';
COMMENT ON COLUMN register.citizen.middle_name IS 'Middle name, where the register holds the parts';
COMMENT ON COLUMN register.citizen.given_name IS 'Given name, where the register holds the parts';
COMMENT ON COLUMN register.citizen.other_name IS 'Another name the person goes by';
COMMENT ON COLUMN register.citizen.nationality IS 'Nationality';
COMMENT ON COLUMN register.citizen.ethnicity_code IS 'Code of the ethnic group; sensitive';
COMMENT ON COLUMN register.citizen.ethnicity_scheme IS 'The list the code is of: two orders exist';
COMMENT ON COLUMN register.citizen.religion_code IS 'Code of the religion; sensitive';
COMMENT ON COLUMN register.citizen.religion_scheme IS
    'The list the code is of, where the register says';
COMMENT ON COLUMN register.citizen.blood_type IS 'Blood type; sensitive';
COMMENT ON COLUMN register.citizen.place_of_birth_country IS
    'Place of birth: country; null where there is no such address';
COMMENT ON COLUMN register.citizen.place_of_birth_province_code IS
    'Place of birth: province, by the code of the day it was recorded';
COMMENT ON COLUMN register.citizen.place_of_birth_district_code IS
    'Place of birth: district, which ended in July 2025';
COMMENT ON COLUMN register.citizen.place_of_birth_commune_code IS
    'Place of birth: commune, by the code of the day it was recorded';
COMMENT ON COLUMN register.citizen.place_of_birth_detail IS 'Place of birth: house, street, hamlet';
COMMENT ON COLUMN register.citizen.place_of_birth_recorded_on IS
    'Place of birth: when it was recorded';
COMMENT ON COLUMN register.citizen.birth_registration_place_country IS
    'Where the birth was registered: country; null where there is no such address';
COMMENT ON COLUMN register.citizen.birth_registration_place_province_code IS
    'Where the birth was registered: province, by the code of the day it was recorded';
COMMENT ON COLUMN register.citizen.birth_registration_place_district_code IS
    'Where the birth was registered: district, which ended in July 2025';
COMMENT ON COLUMN register.citizen.birth_registration_place_commune_code IS
    'Where the birth was registered: commune, by the code of the day it was recorded';
COMMENT ON COLUMN register.citizen.birth_registration_place_detail IS
    'Where the birth was registered: house, street, hamlet';
COMMENT ON COLUMN register.citizen.birth_registration_place_recorded_on IS
    'Where the birth was registered: when it was recorded';
COMMENT ON COLUMN register.citizen.place_of_origin_country IS
    'Place of origin (quê quán): country; null where there is no such address';
COMMENT ON COLUMN register.citizen.place_of_origin_province_code IS
    'Place of origin (quê quán): province, by the code of the day it was recorded';
COMMENT ON COLUMN register.citizen.place_of_origin_district_code IS
    'Place of origin (quê quán): district, which ended in July 2025';
COMMENT ON COLUMN register.citizen.place_of_origin_commune_code IS
    'Place of origin (quê quán): commune, by the code of the day it was recorded';
COMMENT ON COLUMN register.citizen.place_of_origin_detail IS
    'Place of origin (quê quán): house, street, hamlet';
COMMENT ON COLUMN register.citizen.place_of_origin_recorded_on IS
    'Place of origin (quê quán): when it was recorded';
COMMENT ON COLUMN register.citizen.permanent_residence_country IS
    'Permanent residence: country; null where there is no such address';
COMMENT ON COLUMN register.citizen.permanent_residence_province_code IS
    'Permanent residence: province, by the code of the day it was recorded';
COMMENT ON COLUMN register.citizen.permanent_residence_district_code IS
    'Permanent residence: district, which ended in July 2025';
COMMENT ON COLUMN register.citizen.permanent_residence_commune_code IS
    'Permanent residence: commune, by the code of the day it was recorded';
COMMENT ON COLUMN register.citizen.permanent_residence_detail IS
    'Permanent residence: house, street, hamlet';
COMMENT ON COLUMN register.citizen.permanent_residence_recorded_on IS
    'Permanent residence: when it was recorded';
COMMENT ON COLUMN register.citizen.temporary_residence_country IS
    'Temporary residence: country; null where there is no such address';
COMMENT ON COLUMN register.citizen.temporary_residence_province_code IS
    'Temporary residence: province, by the code of the day it was recorded';
COMMENT ON COLUMN register.citizen.temporary_residence_district_code IS
    'Temporary residence: district, which ended in July 2025';
COMMENT ON COLUMN register.citizen.temporary_residence_commune_code IS
    'Temporary residence: commune, by the code of the day it was recorded';
COMMENT ON COLUMN register.citizen.temporary_residence_detail IS
    'Temporary residence: house, street, hamlet';
COMMENT ON COLUMN register.citizen.temporary_residence_recorded_on IS
    'Temporary residence: when it was recorded';
COMMENT ON COLUMN register.citizen.current_residence_country IS
    'Current residence: country; null where there is no such address';
COMMENT ON COLUMN register.citizen.current_residence_province_code IS
    'Current residence: province, by the code of the day it was recorded';
COMMENT ON COLUMN register.citizen.current_residence_district_code IS
    'Current residence: district, which ended in July 2025';
COMMENT ON COLUMN register.citizen.current_residence_commune_code IS
    'Current residence: commune, by the code of the day it was recorded';
COMMENT ON COLUMN register.citizen.current_residence_detail IS
    'Current residence: house, street, hamlet';
COMMENT ON COLUMN register.citizen.current_residence_recorded_on IS
    'Current residence: when it was recorded';
COMMENT ON COLUMN register.citizen.absence_declaration_from IS 'First day of a declared absence';
COMMENT ON COLUMN register.citizen.absence_declaration_to IS 'Last day of a declared absence';
COMMENT ON COLUMN register.citizen.residence_file_number IS 'Number of the residence file';
COMMENT ON COLUMN register.citizen.card_number IS 'Identity card: the number printed on it';
COMMENT ON COLUMN register.citizen.card_kind IS 'Identity card: what it is, such as can_cuoc';
COMMENT ON COLUMN register.citizen.card_issued_on IS 'Identity card: day of issue';
COMMENT ON COLUMN register.citizen.card_issued_by IS 'Identity card: who issued it';
COMMENT ON COLUMN register.citizen.card_expires_on IS 'Identity card: last day of validity';
COMMENT ON COLUMN register.citizen.marital_status IS 'Marital status';
COMMENT ON COLUMN register.citizen.father_full_name IS 'Father: name';
COMMENT ON COLUMN register.citizen.father_personal_id IS 'Father: number';
COMMENT ON COLUMN register.citizen.father_old_id_number IS
    'Father: nine-digit number, where that is what is known';
COMMENT ON COLUMN register.citizen.father_nationality IS 'Father: nationality';
COMMENT ON COLUMN register.citizen.mother_full_name IS 'Mother: name';
COMMENT ON COLUMN register.citizen.mother_personal_id IS 'Mother: number';
COMMENT ON COLUMN register.citizen.mother_old_id_number IS
    'Mother: nine-digit number, where that is what is known';
COMMENT ON COLUMN register.citizen.mother_nationality IS 'Mother: nationality';
COMMENT ON COLUMN register.citizen.spouse_full_name IS 'Spouse: name';
COMMENT ON COLUMN register.citizen.spouse_personal_id IS 'Spouse: number';
COMMENT ON COLUMN register.citizen.spouse_old_id_number IS
    'Spouse: nine-digit number, where that is what is known';
COMMENT ON COLUMN register.citizen.spouse_nationality IS 'Spouse: nationality';
COMMENT ON COLUMN register.citizen.children IS
    'Children, each an object with the members of a person; null: none';
COMMENT ON COLUMN register.citizen.legal_representative_full_name IS 'Legal representative: name';
COMMENT ON COLUMN register.citizen.legal_representative_personal_id IS 'Legal representative: number';
COMMENT ON COLUMN register.citizen.legal_representative_old_id_number IS
    'Legal representative: nine-digit number, where that is what is known';
COMMENT ON COLUMN register.citizen.legal_representative_nationality IS
    'Legal representative: nationality';
COMMENT ON COLUMN register.citizen.represented_persons IS 'People this person represents; null: none';
COMMENT ON COLUMN register.citizen.relation_to_head IS
    'Relation to the head of the household, in words';
COMMENT ON COLUMN register.citizen.household_head_full_name IS 'Head of the household: name';
COMMENT ON COLUMN register.citizen.household_head_personal_id IS 'Head of the household: number';
COMMENT ON COLUMN register.citizen.household_head_old_id_number IS
    'Head of the household: nine-digit number, where that is what is known';
COMMENT ON COLUMN register.citizen.household_head_nationality IS 'Head of the household: nationality';
COMMENT ON COLUMN register.citizen.household_members IS
    'Members of the household, each a person with its relation; null: none';
COMMENT ON COLUMN register.citizen.mobile_number IS 'Mobile telephone number';
COMMENT ON COLUMN register.citizen.email IS 'E-mail address';
COMMENT ON COLUMN register.citizen.protected IS 'Whether the person is under address protection';
COMMENT ON COLUMN register.citizen.status_kind IS
    'What became of the person or of the number; erroneous records are never found';
COMMENT ON COLUMN register.citizen.status_since IS 'Since when the status holds';
COMMENT ON COLUMN register.citizen.status_superseded_by IS 'The number that replaced a cancelled one';
COMMENT ON COLUMN register.citizen.relative_numbers IS
    'Every number in the record that is somebody else''s, derived when it is written, so that a read can ask register.protected_number; null: none';
-- A correction is a new revision, not an overwrite: nobody may change or delete what is here.
CREATE TABLE register.citizen_revision (
    personal_id text COLLATE "C" NOT NULL,
    revision bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    superseded_at timestamptz NOT NULL DEFAULT statement_timestamp(),
    document jsonb NOT NULL,
    PRIMARY KEY (personal_id, revision)
);
COMMENT ON TABLE register.citizen_revision IS 'Every earlier value of a record, written in the transaction that replaced it';
COMMENT ON COLUMN register.citizen_revision.personal_id IS 'The personal identification number; the distribution column';
COMMENT ON COLUMN register.citizen_revision.revision IS 'The revision that was replaced';
COMMENT ON COLUMN register.citizen_revision.recorded_at IS 'When that revision was applied';
COMMENT ON COLUMN register.citizen_revision.superseded_at IS 'When it was replaced';
COMMENT ON COLUMN register.citizen_revision.document IS
    'The whole row of register.citizen by column, nulls left out and what is derived too';

CREATE TABLE register.old_number (
    old_number text COLLATE "C" NOT NULL CHECK (old_number ~ '^[0-9]{9}$'),
    personal_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (old_number, personal_id)
);
COMMENT ON TABLE register.old_number IS 'Who has or had a nine-digit number: several people may have had the same one';
COMMENT ON COLUMN register.old_number.old_number IS 'The nine-digit number';
COMMENT ON COLUMN register.old_number.personal_id IS 'Whose record names it; the distribution column';

CREATE TABLE register.protected_number (
    number text COLLATE "C" NOT NULL CHECK (number ~ '^([0-9]{9}|[0-9]{12})$'),
    personal_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (number, personal_id)
);
COMMENT ON TABLE register.protected_number IS
    'The numbers of people under address protection, so that reading a record tells which of the relatives it names are among them';
COMMENT ON COLUMN register.protected_number.number IS 'A personal number, or a nine-digit one: a relative may be named by that only';
COMMENT ON COLUMN register.protected_number.personal_id IS 'The protected person whose number it is; the distribution column';

-- Locking its one row puts writers in a queue, so positions follow the order of commits without a
-- gap, and no two writers can wait for each other.
CREATE TABLE register.feed (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    head bigint NOT NULL CHECK (head >= 0)
) WITH (fillfactor = 10);
COMMENT ON TABLE register.feed IS 'One row: the position of the last committed change, and the lock of whoever writes the register';
COMMENT ON COLUMN register.feed.only_row IS 'Always true: there is one row';
COMMENT ON COLUMN register.feed.head IS 'The last position taken';
INSERT INTO register.feed (head) VALUES (0);

CREATE TABLE register.change (
    position bigint PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('citizen', 'everything')),
    personal_id text COLLATE "C",
    old_numbers text[] NOT NULL DEFAULT '{}',
    protected_changed boolean NOT NULL DEFAULT false,
    changed_at timestamptz NOT NULL DEFAULT statement_timestamp(),
    CHECK ((kind = 'citizen') = (personal_id IS NOT NULL))
);
COMMENT ON TABLE register.change IS 'What changed, in the order of the commits and without gaps; pruned by register.prune';
COMMENT ON COLUMN register.change.position IS 'The place in the feed';
COMMENT ON COLUMN register.change.kind IS 'citizen: one person''s record; everything: a first load, after which nothing known before counts';
COMMENT ON COLUMN register.change.personal_id IS 'Whose record changed; null for everything';
COMMENT ON COLUMN register.change.old_numbers IS 'Nine-digit numbers that led to the record before or lead to it now';
COMMENT ON COLUMN register.change.protected_changed IS 'Whether register.protected_number changed, which other people''s records depend on';
COMMENT ON COLUMN register.change.changed_at IS 'When, by the database''s clock';

CREATE FUNCTION register.prune(keep interval) RETURNS bigint LANGUAGE sql AS $$
    WITH pruned AS (
        DELETE FROM register.change
        WHERE changed_at < statement_timestamp() - keep
        RETURNING 1
    )
    SELECT count(*) FROM pruned
$$;
COMMENT ON FUNCTION register.prune IS 'Deletes changes older than keep and returns how many; who has not read them by then finds a gap and starts afresh';

CREATE TABLE register.import (
    digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
    byte_offset bigint NOT NULL DEFAULT 0,
    line bigint NOT NULL DEFAULT 0,
    applied bigint NOT NULL DEFAULT 0,
    ignored bigint NOT NULL DEFAULT 0,
    rejected bigint NOT NULL DEFAULT 0,
    started_at timestamptz NOT NULL DEFAULT statement_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT statement_timestamp(),
    finished_at timestamptz
);
COMMENT ON TABLE register.import IS 'How far each file was read: written with each part of it, so that an import that was stopped goes on where it was';
COMMENT ON COLUMN register.import.digest IS 'SHA-256 of the file';
COMMENT ON COLUMN register.import.byte_offset IS 'Where the first line that was not read begins';
COMMENT ON COLUMN register.import.line IS 'How many lines were read';
COMMENT ON COLUMN register.import.applied IS 'How many of them changed a record';
COMMENT ON COLUMN register.import.ignored IS 'How many were as old as the record or older';
COMMENT ON COLUMN register.import.rejected IS 'How many were not taken';
COMMENT ON COLUMN register.import.started_at IS 'When the import began';
COMMENT ON COLUMN register.import.updated_at IS 'When the last part was committed';
COMMENT ON COLUMN register.import.finished_at IS 'When the end of the file was reached';

GRANT USAGE ON SCHEMA register TO dancu_service, dancu_maintain;
GRANT SELECT, INSERT, UPDATE ON register.citizen TO dancu_service;
GRANT SELECT, INSERT ON register.citizen_revision TO dancu_service;
GRANT SELECT, INSERT, DELETE ON register.old_number, register.protected_number TO dancu_service;
GRANT SELECT, UPDATE ON register.feed TO dancu_service;
GRANT SELECT, INSERT ON register.change TO dancu_service;
GRANT SELECT, INSERT, UPDATE ON register.import TO dancu_service;
REVOKE EXECUTE ON FUNCTION register.prune FROM PUBLIC;
GRANT EXECUTE ON FUNCTION register.prune TO dancu_maintain;
GRANT SELECT, DELETE ON register.change TO dancu_maintain;
