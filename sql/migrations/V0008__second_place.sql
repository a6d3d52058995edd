-- The one second place of the log, so that two sealers with a directory each cannot sign what the
-- other never saw.
--
-- The version before this one goes on running on it: it does not look at the column. The first
-- sealer of this version fills it in, from the directory that holds the newest published head.
ALTER TABLE audit.sealer ADD COLUMN second_place text;
COMMENT ON COLUMN audit.sealer.second_place IS 'The file `id` of the second place: its own number, then those of the places it was adopted for, one a line. None before the first round.';
