SELECT EXISTS (SELECT FROM audit.checkpoint WHERE published_at IS NOT NULL OR made_at < $1) AS found
