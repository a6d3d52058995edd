-- How far the log was looked at, and how far it is searchable; none while another process looks.
SELECT p.next_position, s.epoch AS search_epoch, s.next_index AS search_next
FROM audit.signal_progress AS p, audit.search_progress AS s
FOR UPDATE OF p SKIP LOCKED
