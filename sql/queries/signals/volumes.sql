-- What clients ($1 agency, $2 client) asked in a time ($3, $4), in how many of its hours and days they
-- asked at all. From the tallies, whatever the entries' number.
SELECT a.number, coalesce(sum(t.requests), 0)::bigint AS looks, count(DISTINCT t.hour) AS hours,
       count(DISTINCT (t.hour AT TIME ZONE INTERVAL '7 hours')::date) AS days
FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[])
     WITH ORDINALITY AS a (agency_code, client_id, since, until, number)
LEFT JOIN audit.tally AS t
  ON t.agency_code = a.agency_code AND t.client_id = a.client_id
     AND t.hour >= a.since AND t.hour < a.until
     AND t.operation IN ('verify', 'lookup', 'prefill') AND t.decision <> 'failed'
GROUP BY a.number
