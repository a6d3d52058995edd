SELECT effective_on, old_code, new_code FROM reference.province_conversion
