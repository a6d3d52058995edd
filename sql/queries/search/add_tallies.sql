INSERT INTO audit.tally AS t (
    hour, agency_code, client_id, procedure_code, operation, decision, requests, disclosed, papers
)
SELECT * FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                     $7::bigint[], $8::bigint[], $9::bigint[])
ON CONFLICT (hour, agency_code, client_id, procedure_code, operation, decision) DO UPDATE
SET requests = t.requests + excluded.requests,
    disclosed = t.disclosed + excluded.disclosed,
    papers = t.papers + excluded.papers
