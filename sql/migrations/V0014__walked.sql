-- Whom a walk along personal numbers went to. A client that walks past six numbers asks for thousands of
-- others on the same day: the entries behind the signal are those of the six.

ALTER TABLE audit.signal ADD COLUMN walked bytea CHECK (octet_length(walked) > 0 AND octet_length(walked) % 16 = 0);
COMMENT ON COLUMN audit.signal.walked IS 'Keyed pseudonyms, within the month, of the people behind sequential_numbers, 16 bytes each; null for other kinds, and for walks raised before they were kept.';
GRANT UPDATE (walked) ON audit.signal TO dancu_search;
