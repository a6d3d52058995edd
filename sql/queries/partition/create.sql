SELECT audit.create_partition($1) AS made
