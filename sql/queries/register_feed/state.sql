-- How far the feed is, and what time the database thinks it is: that of the transaction, which is never
-- later than what is seen. That of the statement is, where a commit comes between its two messages.
SELECT head, transaction_timestamp() AS database_time FROM register.feed
