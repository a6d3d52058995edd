INSERT INTO audit.entry (
    audit_id, at, lane_id, seq, agency_code, client_id, procedure_code, operation, decision,
    subject_tag, officer_tag, case_tag, entry
)
SELECT * FROM unnest(
    $1::uuid[], $2::timestamptz[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::text[],
    $8::text[], $9::text[], $10::bytea[], $11::bytea[], $12::bytea[], $13::bytea[]
)
ON CONFLICT DO NOTHING
