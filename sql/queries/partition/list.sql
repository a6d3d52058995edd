SELECT to_date(right(c.relname, 8), 'YYYYMMDD') AS day,
       EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid) AS attached
FROM pg_class c
WHERE c.relnamespace = to_regnamespace('audit') AND c.relkind = 'r'
  AND c.relname ~ '^block_[0-9]{8}$'
ORDER BY day
