SELECT EXISTS (SELECT FROM audit.lane WHERE day = $1)
   AND NOT EXISTS (
       SELECT FROM pg_inherits
       WHERE inhparent = 'audit.block'::regclass
         AND inhrelid = to_regclass('audit.block_' || to_char($1::date, 'YYYYMMDD'))
   ) AS expired
