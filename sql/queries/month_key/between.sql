SELECT month, generation, kek_id, wrapped FROM audit.month_key
WHERE month BETWEEN $1 AND $2
ORDER BY month, generation
