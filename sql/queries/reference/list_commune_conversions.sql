SELECT effective_on, old_code, old_name, old_district_code, new_code, mode
FROM reference.commune_conversion
ORDER BY effective_on, old_code, new_code
