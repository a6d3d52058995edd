SELECT seq, at, audit_id, agency_code, client_id, procedure_code, operation, decision,
       subject_tag, officer_tag, case_tag, entry
FROM audit.entry
WHERE lane_id = $1 AND seq >= $2 AND at >= $3 AND at < $4
ORDER BY seq
LIMIT $5
