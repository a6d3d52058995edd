SELECT audit.detach_partition($1)
