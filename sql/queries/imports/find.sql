SELECT byte_offset, line, applied, ignored, rejected, finished_at IS NOT NULL AS is_finished
FROM register.import
WHERE digest = $1
