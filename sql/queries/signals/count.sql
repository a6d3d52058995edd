-- Signals by group, as in search/statistics.sql: $1 to $4 say what is told apart, $5 and $6 a time
-- that their windows touch, $7 client, $8 agencies.
SELECT CASE WHEN $1 THEN agency_code END AS agency_code,
       CASE WHEN $2 THEN client_id END AS client_id,
       CASE WHEN $3 AND actor = 'officer' THEN actor_tag END AS officer_tag,
       CASE WHEN $4 THEN (since AT TIME ZONE INTERVAL '7 hours')::date END AS day,
       count(*) AS signals
FROM audit.signal
WHERE until > $5 AND since < $6
  AND ($7::text IS NULL OR client_id = $7)
  AND ($8::text[] IS NULL OR agency_code = ANY ($8))
GROUP BY 1, 2, 3, 4
