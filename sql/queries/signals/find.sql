SELECT signal_id, kind, since, until, actor, actor_tag, actor_client, subject_tag, agency_code,
       client_id, value, threshold, entries, first_position, last_position, walked, raised_at, grown_at,
       told_value
FROM audit.signal
WHERE signal_id = $1
