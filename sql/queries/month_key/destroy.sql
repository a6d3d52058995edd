DELETE FROM audit.month_key WHERE month = $1
