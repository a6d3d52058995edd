SELECT code, name FROM reference.religion
