DELETE FROM console.session WHERE id_digest = $1
