INSERT INTO audit.month_key (month, kek_id, wrapped) VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING
