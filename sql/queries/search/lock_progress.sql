-- Whether this process may make more of the log searchable: none while another one does.
SELECT FROM audit.search_progress FOR UPDATE SKIP LOCKED
