SELECT scheme, code, name FROM reference.ethnic_group
