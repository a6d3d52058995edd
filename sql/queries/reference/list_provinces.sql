SELECT code, name, valid_from, valid_to FROM reference.province
