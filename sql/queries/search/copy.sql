COPY audit.search_entry (
    position, at, audit_id, agency_code, client_id, procedure_code, operation, decision, disclosed,
    papers, subject_tag, officer_tag, case_tag
) FROM STDIN (FORMAT binary)
