SELECT digest FROM reference.release FOR UPDATE
