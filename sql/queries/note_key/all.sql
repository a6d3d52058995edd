SELECT vkey FROM audit.note_key ORDER BY added_at DESC, vkey
