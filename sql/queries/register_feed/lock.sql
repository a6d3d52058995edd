-- The lock of whoever writes the register. What is read after it is what the last writer committed.
SELECT head FROM register.feed FOR UPDATE
