-- Whether entries of days gone by may still be made up: nothing was published, and none were yet.
SELECT NOT EXISTS (SELECT FROM audit.checkpoint WHERE published_at IS NOT NULL)
   AND NOT EXISTS (SELECT FROM audit.lane
                   WHERE day < (opened_at AT TIME ZONE INTERVAL '7 hours')::date) AS found
