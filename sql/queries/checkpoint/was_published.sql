SELECT EXISTS (SELECT FROM audit.checkpoint WHERE published_at IS NOT NULL) AS found
