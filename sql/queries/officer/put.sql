INSERT INTO policy.officer (id, officer_id, agency_code, name, active)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (id) DO UPDATE SET officer_id = EXCLUDED.officer_id, agency_code = EXCLUDED.agency_code, name = EXCLUDED.name, active = EXCLUDED.active
