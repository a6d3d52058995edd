-- Takes away what schema.sql made, once nobody is connected as the role any more.
DROP SCHEMA peers CASCADE;
DROP OWNED BY dancu_peer;
DROP ROLE dancu_peer;
