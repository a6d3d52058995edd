SELECT count(*) AS entries,
       count(*) FILTER (WHERE num_nonnulls(subject_tag, officer_tag, case_tag) > 0) AS tagged
FROM audit.entry
WHERE at >= $1 AND at < $2
