INSERT INTO audit.note_key (vkey) VALUES ($1) ON CONFLICT (vkey) DO NOTHING
