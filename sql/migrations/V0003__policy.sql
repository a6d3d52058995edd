-- Who may ask what: agencies, their clients and officers, procedures and agreements, as they are
-- administered. Small tables that every process reads whole whenever the feed moves.
--
-- The tables refer to one another, so beyond one node they are reference tables; the feed's row
-- then lives on the coordinator. Keys are compared byte by byte (COLLATE "C"), so that lists have
-- the same order in every cluster.
--
-- Every writing transaction begins with an UPDATE of policy.feed. Its lock makes writers take turns,
-- so that what they check (overlapping agreements, references) is still true when they commit, with
-- no exclusion constraint; and it makes positions commit-ordered.
CREATE SCHEMA policy;
GRANT USAGE ON SCHEMA policy TO dancu_service;

CREATE TABLE policy.feed (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    head      bigint NOT NULL CHECK (head >= 0)
);
COMMENT ON TABLE policy.feed IS 'The one row every change to the policy counts up, and every process polls.';
COMMENT ON COLUMN policy.feed.singleton IS 'True: there is one row.';
COMMENT ON COLUMN policy.feed.head IS 'How many changes were committed.';
INSERT INTO policy.feed (head) VALUES (0);
GRANT SELECT, UPDATE ON policy.feed TO dancu_service;

CREATE TABLE policy.agency (
    code   text COLLATE "C" PRIMARY KEY,
    name   text NOT NULL,
    parent text COLLATE "C" REFERENCES policy.agency
);
CREATE INDEX agency_parent ON policy.agency (parent);
COMMENT ON TABLE policy.agency IS 'Agencies that agreements are made with.';
COMMENT ON COLUMN policy.agency.code IS 'Code in the State''s list, as H29.';
COMMENT ON COLUMN policy.agency.name IS 'Name.';
COMMENT ON COLUMN policy.agency.parent IS 'The agency above it, whose auditors see its entries too.';

CREATE TABLE policy.client (
    client_id   text COLLATE "C" PRIMARY KEY,
    issuer      text,
    agency_code text COLLATE "C" NOT NULL REFERENCES policy.agency,
    name        text NOT NULL,
    active      boolean NOT NULL,
    scopes      text[] NOT NULL
);
CREATE INDEX client_agency_code ON policy.client (agency_code);
COMMENT ON TABLE policy.client IS 'Systems of agencies, known by the client_id of their tokens.';
COMMENT ON COLUMN policy.client.client_id IS 'client_id, unique over all issuers.';
COMMENT ON COLUMN policy.client.issuer IS 'Issuer of its tokens; null is the first configured one.';
COMMENT ON COLUMN policy.client.agency_code IS 'The agency that runs it.';
COMMENT ON COLUMN policy.client.name IS 'Name.';
COMMENT ON COLUMN policy.client.active IS 'False while suspended.';
COMMENT ON COLUMN policy.client.scopes IS 'The most its tokens may carry, as registered.';

CREATE TABLE policy.officer (
    id          text COLLATE "C" PRIMARY KEY,
    officer_id  text COLLATE "C" NOT NULL,
    agency_code text COLLATE "C" NOT NULL REFERENCES policy.agency,
    name        text,
    active      boolean NOT NULL,
    CONSTRAINT officer_once_an_agency UNIQUE (officer_id, agency_code)
);
CREATE INDEX officer_agency_code ON policy.officer (agency_code);
COMMENT ON TABLE policy.officer IS 'Officers whom agreements with registered officers accept.';
COMMENT ON COLUMN policy.officer.id IS 'The registration''s identifier; no personal data.';
COMMENT ON COLUMN policy.officer.officer_id IS 'What requests and tokens name the officer by; often a citizen''s number.';
COMMENT ON COLUMN policy.officer.agency_code IS 'The agency the officer works for; an officer may work for several.';
COMMENT ON COLUMN policy.officer.name IS 'The officer''s name.';
COMMENT ON COLUMN policy.officer.active IS 'Whether the registration stands.';

CREATE TABLE policy.procedure (
    code         text COLLATE "C" PRIMARY KEY,
    name         text NOT NULL,
    legal_basis  text,
    confidential boolean NOT NULL,
    form         json,
    papers       json NOT NULL
);
COMMENT ON TABLE policy.procedure IS 'Administrative procedures.';
COMMENT ON COLUMN policy.procedure.code IS 'Code in the National Database of Procedures, as 1.004194, or one of our own.';
COMMENT ON COLUMN policy.procedure.name IS 'Name.';
COMMENT ON COLUMN policy.procedure.legal_basis IS 'The law it rests on.';
COMMENT ON COLUMN policy.procedure.confidential IS 'Whether its entries are kept from the person''s own report.';
COMMENT ON COLUMN policy.procedure.form IS '{code, boxes: {name: path or {field, format}}}; json, not jsonb, so that boxes keep their order.';
COMMENT ON COLUMN policy.procedure.papers IS '[{code, name, fields: [path]}]: papers the register makes needless.';

CREATE TABLE policy.agreement (
    id             text COLLATE "C" PRIMARY KEY,
    client_id      text COLLATE "C" NOT NULL REFERENCES policy.client,
    procedure_code text COLLATE "C" NOT NULL REFERENCES policy.procedure,
    operations     text[] NOT NULL,
    read_fields    text[] NOT NULL,
    claim_fields   text[] NOT NULL,
    valid_from     date NOT NULL,
    valid_to       date,
    name_match     text NOT NULL CHECK (name_match IN ('canonical', 'folded')),
    officer        text NOT NULL CHECK (officer IN ('none', 'recorded', 'registered')),
    CHECK (valid_to >= valid_from)
);
CREATE INDEX agreement_client_procedure ON policy.agreement (client_id, procedure_code);
CREATE INDEX agreement_procedure_code ON policy.agreement (procedure_code);
COMMENT ON TABLE policy.agreement IS 'What one client may ask under one procedure, and when. No two of one client and procedure overlap.';
COMMENT ON COLUMN policy.agreement.id IS 'Identifier.';
COMMENT ON COLUMN policy.agreement.client_id IS 'The client.';
COMMENT ON COLUMN policy.agreement.procedure_code IS 'The procedure.';
COMMENT ON COLUMN policy.agreement.operations IS 'What may be asked, as registered.';
COMMENT ON COLUMN policy.agreement.read_fields IS 'Sets and fields that may be read, as registered.';
COMMENT ON COLUMN policy.agreement.claim_fields IS 'Sets and fields that may be claimed, as registered.';
COMMENT ON COLUMN policy.agreement.valid_from IS 'First day in force, in Vietnam.';
COMMENT ON COLUMN policy.agreement.valid_to IS 'Last day in force; null is without end.';
COMMENT ON COLUMN policy.agreement.name_match IS 'At which level names match.';
COMMENT ON COLUMN policy.agreement.officer IS 'Whether an officer must be named.';

-- The admin API puts and deletes these as the service's role; that each change is audited is the
-- service's promise, for a role that may not write them could not administer them.
GRANT SELECT, INSERT, UPDATE, DELETE
    ON policy.agency, policy.client, policy.officer, policy.procedure, policy.agreement
    TO dancu_service;

CREATE TABLE policy.bootstrap (
    client_id  text COLLATE "C" PRIMARY KEY,
    created_at timestamptz NOT NULL
);
COMMENT ON TABLE policy.bootstrap IS 'Which bootstrap clients were ever created here, so that one that was deleted stays deleted.';
COMMENT ON COLUMN policy.bootstrap.client_id IS 'Its client_id; refers to nothing, for the client may be gone.';
COMMENT ON COLUMN policy.bootstrap.created_at IS 'When it was created.';
-- What was created once is never forgotten: no UPDATE, no DELETE.
GRANT SELECT, INSERT ON policy.bootstrap TO dancu_service;
