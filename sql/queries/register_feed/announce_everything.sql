-- Takes one position for a change too large to be told one by one.
WITH taken AS (
    UPDATE register.feed SET head = head + 1 RETURNING head
)
INSERT INTO register.change (position, kind, protected_changed)
SELECT head, 'everything', true FROM taken
