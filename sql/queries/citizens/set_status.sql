-- New revisions that change the status only.
UPDATE register.citizen AS c
SET (revision, recorded_at, status_kind, status_since, status_superseded_by) = (
    n.revision, statement_timestamp(), n.kind, n.since, n.superseded_by
)
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[])
    AS n (personal_id, revision, kind, since, superseded_by)
WHERE c.personal_id = n.personal_id
