SELECT sealed FROM console.session WHERE id_digest = $1 AND expires_at > $2
