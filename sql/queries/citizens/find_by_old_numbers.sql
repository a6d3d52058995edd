-- Everyone whose record names one of these nine-digit numbers.
SELECT old_number, personal_id FROM register.old_number WHERE old_number = ANY ($1)
