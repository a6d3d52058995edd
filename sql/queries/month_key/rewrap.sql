UPDATE audit.month_key SET kek_id = $3, wrapped = $4 WHERE month = $1 AND generation = $2
