-- The lock rows that a doctor (kind 1) and rooms (kind 2) have on a span of UTC days.
CREATE OR REPLACE FUNCTION wanted_days(p_practitioner uuid, p_rooms uuid[], p_first date, p_last date)
RETURNS TABLE (kind smallint, resource uuid, day date)
LANGUAGE sql IMMUTABLE AS $$
    SELECT k.kind, k.resource, d.day::date
    FROM (SELECT 1::smallint AS kind, p_practitioner AS resource
          UNION ALL SELECT 2::smallint, unnest(p_rooms)) k
    CROSS JOIN generate_series(p_first::timestamp, p_last::timestamp, interval '1 day') AS d(day)
$$;

-- Takes the lock rows of a doctor (kind 1) and rooms (kind 2) for every UTC day that a range touches.
-- Missing rows are made first, in key order, before any lock is held: made later, they deadlock.
CREATE OR REPLACE FUNCTION lock_days(p_practitioner uuid, p_rooms uuid[], p_range tstzrange) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_first date := (lower(p_range) AT TIME ZONE 'UTC')::date;
    v_last date := ((upper(p_range) - interval '1 microsecond') AT TIME ZONE 'UTC')::date;
BEGIN
    -- The usual case by far: one row, and it is there.
    IF v_first = v_last AND p_rooms = '{}' THEN
        PERFORM 1 FROM scheduling_resource_day r
            WHERE r.kind = 1 AND r.resource = p_practitioner AND r.day = v_first FOR UPDATE;
        IF FOUND THEN RETURN; END IF;
    END IF;
    FOR attempt IN 1..2 LOOP
        -- Where every row is there, one statement locks them all.
        IF attempt = 2 OR NOT EXISTS (
            SELECT 1 FROM wanted_days(p_practitioner, p_rooms, v_first, v_last) w
            WHERE NOT EXISTS (SELECT 1 FROM scheduling_resource_day r
                              WHERE r.kind = w.kind AND r.resource = w.resource AND r.day = w.day)) THEN
            PERFORM 1 FROM scheduling_resource_day r
                JOIN wanted_days(p_practitioner, p_rooms, v_first, v_last) w
                  ON r.kind = w.kind AND r.resource = w.resource AND r.day = w.day
                ORDER BY r.kind, r.resource, r.day FOR UPDATE OF r;
            RETURN;
        END IF;
        INSERT INTO scheduling_resource_day (kind, resource, day)
            SELECT w.kind, w.resource, w.day
            FROM wanted_days(p_practitioner, p_rooms, v_first, v_last) w
            ORDER BY w.kind, w.resource, w.day
            ON CONFLICT DO NOTHING;
    END LOOP;
END $$;

-- The lowest lane in which a doctor has nothing in a range. Called under the day's lock.
CREATE OR REPLACE FUNCTION free_lane(p_practitioner uuid, p_range tstzrange) RETURNS smallint
LANGUAGE sql VOLATILE SET search_path = public, pg_temp AS $$
    SELECT min(l.lane)::smallint
    FROM generate_series(0, (
        SELECT count(*) FROM scheduling_appointment a
        WHERE a.active AND a.practitioner = p_practitioner AND a.occupied && p_range)) AS l(lane)
    WHERE NOT EXISTS (
        SELECT 1 FROM scheduling_appointment a
        WHERE a.active AND a.practitioner = p_practitioner AND a.lane = l.lane AND a.occupied && p_range)
$$;

-- Where a visit that begins at p_start would fit in the mirror of the MIS that keeps the doctor's schedule there:
-- rooms, tickets and the visit's end. Time may run over midnight into the next day's row of the same room. p_own: the
-- visit whose next version it would be, NULL for none.
-- Without a setting of its own it is planned as a part of its caller's statement, once.
CREATE OR REPLACE FUNCTION slot_places(
    p_practitioner uuid, p_location uuid, p_start timestamptz, p_offer scheduling_offer, p_own scheduling_appointment)
RETURNS TABLE (room uuid, ticket text, ends timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT a.room, '', p_start + p_offer.length
    FROM scheduling_availability a
    WHERE a.practitioner = p_practitioner AND a.location = p_location AND a.mis = p_offer.mis
      AND a.day = (p_start AT TIME ZONE 'UTC')::date AND cardinality(a.ticket_ids) = 0
      AND (free_beside(a, p_own) @> tstzrange(p_start, p_start + p_offer.length)
           OR free_beside(a, p_own) + coalesce((
               SELECT free_beside(n, p_own) FROM scheduling_availability n
               WHERE n.practitioner = a.practitioner AND n.day = a.day + 1
                 AND n.location = a.location AND n.room = a.room AND n.mis = a.mis), '{}'::tstzmultirange)
              @> tstzrange(p_start, p_start + p_offer.length))
      AND start_aligned(p_start, coalesce(a.step, p_offer.step), (
          SELECT lower(w.span) FROM unnest(a.work) AS w(span) WHERE w.span @> p_start))
    UNION ALL
    SELECT a.room, t.id, t.ends
    FROM scheduling_availability a
    CROSS JOIN LATERAL unnest(a.ticket_ids, a.ticket_starts, a.ticket_ends) AS t(id, starts, ends)
    WHERE a.practitioner = p_practitioner AND a.location = p_location AND a.mis = p_offer.mis
      AND a.day = (p_start AT TIME ZONE 'UTC')::date AND t.starts = p_start
$$;
