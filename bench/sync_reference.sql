-- The plainest sync that is right: what came in lies in `sync_incoming`; write what differs, remove what is gone.
-- One transaction, no locks in small portions, no rows made by Python. Fixed for ever.
ANALYZE sync_incoming;
INSERT INTO sync_reference AS a
SELECT i.* FROM sync_incoming i
LEFT JOIN sync_reference k USING (practitioner, day, location, room)
WHERE k.digest IS DISTINCT FROM i.digest
ON CONFLICT (practitioner, day, location, room) DO UPDATE SET
    free = excluded.free, busy = excluded.busy, ticket_ids = excluded.ticket_ids,
    ticket_starts = excluded.ticket_starts, ticket_ends = excluded.ticket_ends, digest = excluded.digest;
DELETE FROM sync_reference a WHERE NOT EXISTS (
    SELECT 1 FROM sync_incoming i
    WHERE i.practitioner = a.practitioner AND i.day = a.day AND i.location = a.location AND i.room = a.room);
