DELETE FROM console.session WHERE expires_at <= $1
