-- Signals that were not written to the file of events yet, or have doubled since.
SELECT signal_id, kind, since, until, actor, actor_tag, actor_client, subject_tag, agency_code,
       client_id, value, threshold, entries, first_position, last_position, walked, raised_at, grown_at,
       told_value
FROM audit.signal
WHERE told_value IS NULL OR value >= 2 * told_value
ORDER BY signal_id
LIMIT $1
