SELECT count(*) AS attachments FROM audit.attachment WHERE at >= $1 AND at < $2
