COPY audit.block (at, lane_id, first_seq, count, entries) FROM STDIN (FORMAT binary)
