-- Raises signals, or lets those grow that were raised before: a value never falls. Gives the kinds of
-- the new ones.
INSERT INTO audit.signal AS s (
    kind, since, until, actor, actor_tag, actor_client, subject_tag, agency_code, client_id, value,
    threshold, entries, first_position, last_position, walked
)
SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::timestamptz[], $4::text[], $5::bytea[],
                     $6::text[], $7::bytea[], $8::text[], $9::text[], $10::bigint[], $11::bigint[],
                     $12::bigint[], $13::bigint[], $14::bigint[], $15::bytea[])
ON CONFLICT ON CONSTRAINT signal_once DO UPDATE
SET client_id = CASE WHEN s.client_id = excluded.client_id THEN s.client_id END,
    value = greatest(s.value, excluded.value),
    threshold = CASE WHEN excluded.value > s.value THEN excluded.threshold ELSE s.threshold END,
    entries = greatest(s.entries, excluded.entries),
    first_position = least(s.first_position, excluded.first_position),
    last_position = greatest(s.last_position, excluded.last_position),
    walked = CASE WHEN excluded.value >= s.value THEN excluded.walked ELSE s.walked END,
    grown_at = clock_timestamp()
WHERE excluded.value > s.value OR excluded.entries > s.entries
   OR excluded.first_position < s.first_position OR excluded.last_position > s.last_position
RETURNING kind, raised_at = grown_at AS is_new
