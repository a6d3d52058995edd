SELECT position, audit_id FROM audit.search_entry WHERE position = ANY ($1)
