UPDATE audit.sealer SET backend_pid = NULL, backend_started = NULL WHERE fence = $1
