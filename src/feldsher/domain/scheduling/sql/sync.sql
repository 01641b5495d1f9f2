-- The mirror of a MIS: all rows of the days that differ lie in a temporary table `incoming`, the doctors and days
-- for which the answer speaks in `covered`. The function runs as the caller, whose temporary tables it reads.
-- Applies one batch of doctors and days under their locks; the comparison is made again there.
CREATE OR REPLACE FUNCTION apply_days(p_mis text, p_practitioners uuid[], p_days date[]) RETURNS integer
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_changed integer;
    v_count integer;
BEGIN
    PERFORM 1 FROM scheduling_resource_day r
        JOIN unnest(p_practitioners, p_days) AS w(practitioner, day)
          ON r.kind = 1 AND r.resource = w.practitioner AND r.day = w.day
        ORDER BY r.kind, r.resource, r.day FOR UPDATE OF r;
    DELETE FROM scheduling_availability a
        USING unnest(p_practitioners, p_days) AS w(practitioner, day), covered c
        WHERE a.practitioner = w.practitioner AND a.day = w.day AND a.mis = p_mis
          AND c.practitioner = a.practitioner AND c.location = a.location AND a.day BETWEEN c.first AND c.last
          AND NOT EXISTS (
              SELECT 1 FROM incoming i WHERE i.practitioner = a.practitioner AND i.day = a.day
                AND i.location = a.location AND i.room = a.room);
    GET DIAGNOSTICS v_changed = ROW_COUNT;
    INSERT INTO scheduling_availability AS a (
        practitioner, day, location, room, mis, free, busy, work, step, ticket_ids, ticket_starts, ticket_ends, wall, digest)
    SELECT i.practitioner, i.day, i.location, i.room, p_mis, i.free, i.busy, i.work, i.step, i.ticket_ids,
           i.ticket_starts, i.ticket_ends, i.wall, i.digest
    FROM unnest(p_practitioners, p_days) AS w(practitioner, day)
    JOIN incoming i USING (practitioner, day)
    ON CONFLICT (practitioner, day, location, room) DO UPDATE SET
        mis = excluded.mis, free = excluded.free, busy = excluded.busy, work = excluded.work, step = excluded.step,
        ticket_ids = excluded.ticket_ids, ticket_starts = excluded.ticket_starts,
        ticket_ends = excluded.ticket_ends, wall = excluded.wall, digest = excluded.digest
        WHERE (a.digest, a.mis) IS DISTINCT FROM (excluded.digest, excluded.mis);
    GET DIAGNOSTICS v_count = ROW_COUNT;
    RETURN v_changed + v_count;
END $$;
