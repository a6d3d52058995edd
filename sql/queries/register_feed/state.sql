-- How far the feed is, and what time the database thinks it is.
SELECT head, statement_timestamp() AS database_time FROM register.feed
