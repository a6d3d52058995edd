SELECT EXISTS (
    SELECT FROM pg_inherits
    WHERE inhparent = 'audit.block'::regclass
      AND inhrelid = to_regclass('audit.block_' || to_char($1::date, 'YYYYMMDD'))
) AS found
