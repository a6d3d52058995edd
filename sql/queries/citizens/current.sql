-- What the register holds of these numbers, as far as a change is judged by it.
SELECT
    personal_id, revision, old_id_numbers, protected, status_kind, status_since,
    status_superseded_by
FROM register.citizen
WHERE personal_id = ANY ($1)
