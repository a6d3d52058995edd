SELECT month, generation, kek_id, wrapped FROM audit.month_key WHERE month = $1 ORDER BY generation
