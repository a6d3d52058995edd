SELECT code, name, province_code, valid_from, valid_to FROM reference.district
