SELECT kek_id FROM audit.kek
