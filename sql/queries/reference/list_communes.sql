SELECT code, name, province_code, district_code, valid_from, valid_to FROM reference.commune
