SELECT prefix, name_at_issue, current_province_code FROM reference.number_prefix
