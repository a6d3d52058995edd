SELECT audit.drop_detached($1)
