-- After a first load, so that plans do not wait for autovacuum. Only the owner may; for others it does
-- nothing but warn.
ANALYZE register.citizen, register.old_number, register.protected_number
