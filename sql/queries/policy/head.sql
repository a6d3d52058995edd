SELECT head
FROM policy.feed
