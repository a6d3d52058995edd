SELECT month, generation, kek_id, wrapped FROM audit.month_key ORDER BY month, generation
