SELECT entry FROM audit.entry WHERE audit_id = $1 AND at = $2
