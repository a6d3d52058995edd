UPDATE policy.feed
SET head = head + 1
RETURNING head
