UPDATE reference.release SET digest = $1, loaded_at = now()
