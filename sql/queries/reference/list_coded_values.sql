SELECT list, code, name, word FROM reference.coded_value
