-- Reference tables: the frozen and dated code lists of the field.
--
-- Units are dated rows, so a code alone is no key of theirs and other tables cannot refer to it by a
-- foreign key; the program checks the references when it reads the tables and refuses to start on
-- broken ones. Day 0001-01-01 stands for "before the list begins".
CREATE SCHEMA reference;
COMMENT ON SCHEMA reference IS 'Code lists: provinces and communes by the day they hold on, ethnic groups, religions, value lists.';

CREATE TABLE reference.release (
    only_one  boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    digest    text NOT NULL CHECK (digest ~ '^([0-9a-f]{64})?$'),
    loaded_at timestamptz
);
COMMENT ON TABLE reference.release IS 'Which shipped files the tables were loaded from: one row.';
COMMENT ON COLUMN reference.release.only_one IS 'Always true: keeps the table at one row.';
COMMENT ON COLUMN reference.release.digest IS 'SHA-256 over the shipped files and their corrections, in hex; empty before the first load.';
COMMENT ON COLUMN reference.release.loaded_at IS 'When they were loaded.';
INSERT INTO reference.release (digest) VALUES ('');

CREATE TABLE reference.province (
    code       text NOT NULL CHECK (code ~ '^[0-9]{2}$'),
    name       text NOT NULL,
    kind       text NOT NULL CHECK (kind IN ('Tỉnh', 'Thành phố')),
    valid_from date NOT NULL DEFAULT '0001-01-01',
    valid_to   date,
    shipped    boolean NOT NULL DEFAULT false,
    PRIMARY KEY (code, valid_from),
    CHECK (starts_with(name, kind || ' ')),
    CHECK (valid_to > valid_from)
);
COMMENT ON TABLE reference.province IS 'Provinces and centrally-run cities, by the days they had that name.';
COMMENT ON COLUMN reference.province.code IS 'Two digits. Seven codes changed meaning on 2025-07-01: 52 was Bình Định and is Gia Lai.';
COMMENT ON COLUMN reference.province.name IS 'The name as printed, kind included.';
COMMENT ON COLUMN reference.province.kind IS 'Tỉnh or Thành phố (centrally run).';
COMMENT ON COLUMN reference.province.valid_from IS 'The first day; 0001-01-01 where the list does not say.';
COMMENT ON COLUMN reference.province.valid_to IS 'The first day on which it no longer holds; null while it does.';
COMMENT ON COLUMN reference.province.shipped IS 'True for rows the program loads and may replace; false for rows an operator added or changed.';

CREATE TABLE reference.district (
    code          text NOT NULL CHECK (code ~ '^[0-9]{3}$'),
    name          text NOT NULL,
    kind          text NOT NULL CHECK (kind IN ('Quận', 'Huyện', 'Thị xã', 'Thành phố')),
    province_code text NOT NULL CHECK (province_code ~ '^[0-9]{2}$'),
    valid_from    date NOT NULL DEFAULT '0001-01-01',
    valid_to      date DEFAULT '2025-07-01',
    shipped       boolean NOT NULL DEFAULT false,
    PRIMARY KEY (code, valid_from),
    CHECK (starts_with(name, kind || ' ')),
    CHECK (valid_to > valid_from)
);
COMMENT ON TABLE reference.district IS 'Districts, which ended on 2025-07-01.';
COMMENT ON COLUMN reference.district.code IS 'Three digits.';
COMMENT ON COLUMN reference.district.name IS 'The name as printed, kind included.';
COMMENT ON COLUMN reference.district.kind IS 'Quận, Huyện, Thị xã or Thành phố (of a province).';
COMMENT ON COLUMN reference.district.province_code IS 'The province it belonged to.';
COMMENT ON COLUMN reference.district.valid_from IS 'The first day; 0001-01-01 where the list does not say.';
COMMENT ON COLUMN reference.district.valid_to IS 'The first day on which it no longer was.';
COMMENT ON COLUMN reference.district.shipped IS 'As in province.';

CREATE TABLE reference.commune (
    code          text NOT NULL CHECK (code ~ '^[0-9]{5}$'),
    name          text NOT NULL,
    kind          text NOT NULL CHECK (kind IN ('Phường', 'Xã', 'Thị trấn', 'Đặc khu')),
    province_code text NOT NULL CHECK (province_code ~ '^[0-9]{2}$'),
    district_code text CHECK (district_code ~ '^[0-9]{3}$'),
    valid_from    date NOT NULL DEFAULT '0001-01-01',
    valid_to      date,
    shipped       boolean NOT NULL DEFAULT false,
    PRIMARY KEY (code, valid_from, name),
    CHECK (starts_with(name, kind || ' ')),
    CHECK (valid_to > valid_from),
    CHECK (district_code IS NULL OR valid_from < '2025-07-01')
);
COMMENT ON TABLE reference.commune IS 'Communes, wards, townships and special zones, by the days they had that name. Two codes (01615, 02485) stood for two communes each.';
COMMENT ON COLUMN reference.commune.code IS 'Five digits. Most codes of before 2025-07-01 went on, many for another territory.';
COMMENT ON COLUMN reference.commune.name IS 'The name as printed, kind included.';
COMMENT ON COLUMN reference.commune.kind IS 'Phường, Xã, Thị trấn (until 2025) or Đặc khu (since).';
COMMENT ON COLUMN reference.commune.province_code IS 'The province it belongs to.';
COMMENT ON COLUMN reference.commune.district_code IS 'The district it belonged to; null since 2025-07-01.';
COMMENT ON COLUMN reference.commune.valid_from IS 'The first day; 0001-01-01 where the list does not say.';
COMMENT ON COLUMN reference.commune.valid_to IS 'The first day on which it no longer holds; null while it does.';
COMMENT ON COLUMN reference.commune.shipped IS 'As in province.';

CREATE TABLE reference.province_conversion (
    effective_on date NOT NULL,
    old_code     text NOT NULL CHECK (old_code ~ '^[0-9]{2}$'),
    new_code     text NOT NULL CHECK (new_code ~ '^[0-9]{2}$'),
    shipped      boolean NOT NULL DEFAULT false,
    PRIMARY KEY (effective_on, old_code)
);
COMMENT ON TABLE reference.province_conversion IS 'Where each province went, whole, by decision.';
COMMENT ON COLUMN reference.province_conversion.effective_on IS 'The first day of the new state.';
COMMENT ON COLUMN reference.province_conversion.old_code IS 'The province until the day before.';
COMMENT ON COLUMN reference.province_conversion.new_code IS 'The province it is, or is in, since.';
COMMENT ON COLUMN reference.province_conversion.shipped IS 'As in province.';

CREATE TABLE reference.commune_conversion (
    effective_on      date NOT NULL,
    old_code          text NOT NULL DEFAULT '' CHECK (old_code ~ '^([0-9]{5})?$'),
    old_name          text NOT NULL DEFAULT '',
    old_district_code text NOT NULL DEFAULT '' CHECK (old_district_code ~ '^([0-9]{3})?$'),
    new_code          text NOT NULL CHECK (new_code ~ '^[0-9]{5}$'),
    mode              text NOT NULL CHECK (mode IN ('whole', 'part', 'renamed', 'unchanged')),
    shipped           boolean NOT NULL DEFAULT false,
    PRIMARY KEY (effective_on, old_code, old_name, old_district_code, new_code),
    CHECK (old_code <> '' OR old_district_code <> '')
);
COMMENT ON TABLE reference.commune_conversion IS 'What became of each commune, by decision; a commune a decision leaves out stays as it is.';
COMMENT ON COLUMN reference.commune_conversion.effective_on IS 'The first day of the new state.';
COMMENT ON COLUMN reference.commune_conversion.old_code IS 'The commune until the day before; empty for an area without a code and for a district without communes.';
COMMENT ON COLUMN reference.commune_conversion.old_name IS 'Its name, which tells two communes of one code apart; empty for a district without communes.';
COMMENT ON COLUMN reference.commune_conversion.old_district_code IS 'Its district; empty since 2025-07-01.';
COMMENT ON COLUMN reference.commune_conversion.new_code IS 'The commune it is, or is in, since.';
COMMENT ON COLUMN reference.commune_conversion.mode IS 'whole, part (the rest went elsewhere), renamed, unchanged.';
COMMENT ON COLUMN reference.commune_conversion.shipped IS 'As in province.';

CREATE TABLE reference.ethnic_group (
    scheme  text NOT NULL CHECK (scheme IN ('1979', '2008')),
    code    text NOT NULL CHECK (code ~ '^[0-9]{2}$'),
    name    text NOT NULL,
    shipped boolean NOT NULL DEFAULT false,
    PRIMARY KEY (scheme, code)
);
COMMENT ON TABLE reference.ethnic_group IS 'Ethnic groups in both code orders; 37 of 54 codes differ, so a code is nothing without its scheme.';
COMMENT ON COLUMN reference.ethnic_group.scheme IS '1979 (decision 121-TCTK/PPCĐ) or 2008 (decision 1019/QĐ-TCTK).';
COMMENT ON COLUMN reference.ethnic_group.code IS 'Two digits.';
COMMENT ON COLUMN reference.ethnic_group.name IS 'The name as printed.';
COMMENT ON COLUMN reference.ethnic_group.shipped IS 'As in province.';

CREATE TABLE reference.religion (
    code    text PRIMARY KEY CHECK (code ~ '^[0-9]{2}$'),
    name    text NOT NULL,
    shipped boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE reference.religion IS 'Religions (decision 1019/QĐ-TCTK).';
COMMENT ON COLUMN reference.religion.code IS 'Two digits.';
COMMENT ON COLUMN reference.religion.name IS 'The name as printed.';
COMMENT ON COLUMN reference.religion.shipped IS 'As in province.';

CREATE TABLE reference.number_prefix (
    prefix                text PRIMARY KEY CHECK (prefix ~ '^[0-9]{3}$'),
    name_at_issue         text NOT NULL,
    current_province_code text NOT NULL CHECK (current_province_code ~ '^[0-9]{2}$'),
    shipped               boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE reference.number_prefix IS 'The province that a prefix of the personal number was given out in: frozen at 63.';
COMMENT ON COLUMN reference.number_prefix.prefix IS 'The first three digits of the number.';
COMMENT ON COLUMN reference.number_prefix.name_at_issue IS 'The name then, without its kind.';
COMMENT ON COLUMN reference.number_prefix.current_province_code IS 'The province that place is in today.';
COMMENT ON COLUMN reference.number_prefix.shipped IS 'As in province.';

CREATE TABLE reference.coded_value (
    list    text NOT NULL CHECK (list IN ('gender', 'marital', 'blood')),
    code    text NOT NULL CHECK (code ~ '^[0-9]{1,2}$'),
    name    text NOT NULL,
    word    text NOT NULL,
    shipped boolean NOT NULL DEFAULT false,
    PRIMARY KEY (list, code),
    UNIQUE (list, word)
);
COMMENT ON TABLE reference.coded_value IS 'Value lists of QCVN 109:2017/BTTTT.';
COMMENT ON COLUMN reference.coded_value.list IS 'gender, marital (status) or blood (type).';
COMMENT ON COLUMN reference.coded_value.code IS 'The standard''s code.';
COMMENT ON COLUMN reference.coded_value.name IS 'What a form prints, in Vietnamese.';
COMMENT ON COLUMN reference.coded_value.word IS 'The word of the JSON contract.';
COMMENT ON COLUMN reference.coded_value.shipped IS 'As in province.';

GRANT USAGE ON SCHEMA reference TO dancu_service, dancu_maintain;
GRANT SELECT ON ALL TABLES IN SCHEMA reference TO dancu_service, dancu_maintain;
