-- What officers usually ask: looks in a time before ($4, $5), and in how many hours and days of it
-- there were any. An officer ($1 says which) has a tag ($3) for each month and pair of keys.
SELECT u.number, sum(u.looks)::bigint AS looks, count(*) AS hours, count(DISTINCT u.day) AS days
FROM (
    SELECT a.number, date_trunc('hour', e.at AT TIME ZONE INTERVAL '7 hours') AS hour,
           (e.at AT TIME ZONE INTERVAL '7 hours')::date AS day, count(*) AS looks
    FROM unnest($1::bigint[], $2::text[], $3::bytea[], $4::timestamptz[], $5::timestamptz[])
         AS a (number, agency_code, tag, since, until)
    JOIN audit.search_entry AS e
      ON e.officer_tag = a.tag AND e.agency_code = a.agency_code AND e.at >= a.since AND e.at < a.until
    WHERE e.operation IN ('verify', 'lookup', 'prefill') AND e.decision <> 'failed'
      AND e.subject_tag IS NOT NULL
    GROUP BY 1, 2, 3
) AS u
GROUP BY u.number
