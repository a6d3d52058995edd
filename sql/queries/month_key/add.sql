INSERT INTO audit.month_key (month, generation, kek_id, wrapped) VALUES ($1, $2, $3, $4)
