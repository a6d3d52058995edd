COPY audit.entry (
    audit_id, at, lane_id, seq, agency_code, client_id, procedure_code, operation, decision,
    subject_tag, officer_tag, case_tag, entry
) FROM STDIN (FORMAT binary)
