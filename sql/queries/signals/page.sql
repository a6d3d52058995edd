-- Signals, the newest first: $1 before which one, $2 and $3 a time that their windows touch, $4 kind,
-- $5 agencies, $6 client, $7 how many.
SELECT signal_id, kind, since, until, actor, actor_tag, actor_client, subject_tag, agency_code,
       client_id, value, threshold, entries, first_position, last_position, walked, raised_at, grown_at,
       told_value
FROM audit.signal
WHERE signal_id < $1
  AND until > $2 AND since < $3
  AND ($4::text IS NULL OR kind = $4)
  AND ($5::text[] IS NULL OR agency_code = ANY ($5))
  AND ($6::text IS NULL OR client_id = $6)
ORDER BY signal_id DESC
LIMIT $7
