UPDATE audit.sealed SET epoch = $2, first_index = first_index - $3 + $4
WHERE epoch = $1 AND first_index >= $3
