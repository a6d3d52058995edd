SELECT EXISTS (SELECT FROM policy.agency WHERE parent = $1)
    OR EXISTS (SELECT FROM policy.client WHERE agency_code = $1)
    OR EXISTS (SELECT FROM policy.officer WHERE agency_code = $1) AS referred
