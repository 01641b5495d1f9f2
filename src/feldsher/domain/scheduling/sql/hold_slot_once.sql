-- The body of hold_slot without idempotency; not callable by the application.
-- p_terms: hold, fresh (interval texts), channel, device (hex or null), device_cap (integer), answers (integer),
-- by_staff (boolean: no stop, notice or quota of online booking binds).
-- over, why: staff book over what stands at the time, and why. `over` are the ids that they were told of: whatever
-- else stands there by now has to be told first. The visit gets the lowest lane in which the doctor has nothing; how
-- high lanes go is the offer's matter. A doctor is in one branch at a time, a room is one doctor's, and what a MIS
-- calls busy stays so.
-- instead: the visit whose next version the time is to be, said by whoever has shown the right to move it. Where the two
-- overlap, the visit's own time is no conflict, and the hold is in its chain from the first moment, so that the
-- constraint lets it stand beside that visit and no other.
CREATE OR REPLACE FUNCTION hold_slot_once(
    p_practitioner uuid, p_location uuid, p_service uuid, p_start timestamptz, p_terms jsonb,
    OUT code text, OUT appointment uuid, OUT starts timestamptz, OUT ends timestamptz, OUT until timestamptz,
    OUT price numeric, OUT zone text)
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
    c_no_room CONSTANT uuid := '00000000-0000-0000-0000-000000000000';
    v_now timestamptz := clock_now();
    v_device bytea := decode(p_terms ->> 'device', 'hex');
    v_answers smallint := coalesce((p_terms ->> 'answers')::smallint, 0);
    v_by_staff boolean := coalesce((p_terms ->> 'by_staff')::boolean, false);
    v_over uuid[] := CASE WHEN p_terms ? 'over' THEN
        ARRAY(SELECT told.id::uuid FROM jsonb_array_elements_text(p_terms -> 'over') AS told(id)) END;
    v_lane smallint := 0;
    v_is_over boolean := false;
    v_own scheduling_appointment%ROWTYPE;
    v_offer scheduling_offer%ROWTYPE;
    v_place record;
    v_rooms uuid[];
    v_shared uuid[];
    v_latest timestamptz;
    v_reach tstzrange;
    v_locked tstzrange;
    v_near integer;
    v_overdue integer;
BEGIN
    SELECT * INTO v_offer FROM scheduling_offer o
        WHERE o.practitioner = p_practitioner AND o.location = p_location AND o.service = p_service;
    IF NOT FOUND THEN code := 'not_offered'; RETURN; END IF;
    IF v_offer.mode <> 'either' AND (v_offer.mode = 'remote') <> (v_answers & 16 <> 0) THEN
        code := 'not_offered'; RETURN;
    END IF;
    IF NOT is_for(v_offer.asks, v_offer.mode, v_answers) THEN code := 'answers'; RETURN; END IF;
    IF v_over IS NOT NULL AND (v_offer.overbook = 0 OR v_offer.capacity > 1) THEN
        code := 'not_overbookable'; RETURN;
    END IF;
    -- is_stopped and within_quota hold queries, so that they are planned at each call: they are called where they
    -- can say no.
    IF NOT v_by_staff AND EXISTS (SELECT 1 FROM scheduling_stop s WHERE s.ended_at IS NULL)
       AND is_stopped(p_practitioner, p_location, v_now) THEN
        code := 'stopped'; RETURN;
    END IF;
    IF v_by_staff THEN
        v_offer.notice := interval '0'; v_offer.quota := NULL;
    END IF;
    IF p_start < v_now + v_offer.notice THEN code := 'in_past'; RETURN; END IF;
    IF p_start > v_now + v_offer.horizon THEN code := 'not_offered'; RETURN; END IF;
    PERFORM 1 FROM scheduling_sync_status s
        WHERE s.mis = v_offer.mis AND s.as_of >= v_now - (p_terms ->> 'fresh')::interval;
    IF NOT FOUND THEN code := 'stale'; RETURN; END IF;
    IF v_device IS NOT NULL AND (p_terms ->> 'device_cap')::integer <= (
        SELECT count(*) FROM scheduling_appointment d
        WHERE d.active AND d.device = v_device AND d.state = 'held' AND d.hold_until > v_now) THEN
        code := 'too_many_holds'; RETURN;
    END IF;

    -- A first look without locks tells which rooms are in question and how far a visit may reach; what is really
    -- offered is read again under the lock.
    SELECT array_agg(a.room), max(CASE WHEN cardinality(a.ticket_ids) = 0 THEN p_start + v_offer.length ELSE (
            SELECT max(t.ends) FROM unnest(a.ticket_starts, a.ticket_ends) AS t(starts, ends) WHERE t.starts = p_start)
        END) INTO v_rooms, v_latest
        FROM scheduling_availability a
        WHERE a.practitioner = p_practitioner AND a.location = p_location AND a.mis = v_offer.mis
          AND a.day = (p_start AT TIME ZONE 'UTC')::date;
    IF v_latest IS NULL THEN code := 'not_offered'; RETURN; END IF;
    v_reach := tstzrange(p_start - v_offer.before, v_latest + v_offer.after, '[)');
    v_shared := array_remove(v_rooms, c_no_room);
    v_locked := v_reach;
    IF p_terms ? 'instead' THEN
        SELECT * INTO v_own FROM scheduling_appointment b
            WHERE b.id = (p_terms ->> 'instead')::uuid AND b.practitioner = p_practitioner
              AND b.occupied && v_reach AND lower(b.visit) <> p_start
              AND makes_way(b, p_location, p_service);
    END IF;
    IF v_offer.quota IS NOT NULL THEN
        -- Whoever takes another time of the same day of the branch counts against the same quota.
        v_locked := range_merge(v_reach, day_of(v_offer.midnights, p_start));
    END IF;
    PERFORM lock_days(p_practitioner, v_shared, v_locked);

    -- Everything below sees what was committed before the lock was granted.
    v_now := clock_now();
    SELECT count(*), count(*) FILTER (WHERE b.state = 'held' AND b.hold_until <= v_now) INTO v_near, v_overdue
        FROM scheduling_appointment b
        WHERE b.active AND b.practitioner = p_practitioner AND b.occupied && v_reach
          AND b.id IS DISTINCT FROM v_own.id;
    IF v_overdue > 0 OR v_shared <> '{}' THEN
        UPDATE scheduling_appointment h SET state = 'expired', reason = 'hold_expired'
            WHERE h.active AND h.state = 'held' AND h.hold_until <= v_now AND h.occupied && v_reach
              AND (h.practitioner = p_practitioner OR h.room = ANY (v_shared));
    END IF;
    SELECT p.room, p.ticket, p.ends, o.occupied INTO v_place
        FROM slot_places(p_practitioner, p_location, p_start, v_offer, v_own) p
        CROSS JOIN LATERAL (SELECT tstzrange(p_start - v_offer.before, p.ends + v_offer.after, '[)') AS occupied) o
        WHERE p.room = ANY (v_rooms) AND p.ends <= v_latest
          AND CASE WHEN v_offer.capacity > 1
              THEN may_join(v_offer, tstzrange(p_start, p.ends), p.ticket, v_now)
              ELSE (v_near = 0 OR v_over IS NOT NULL OR NOT EXISTS (
                  SELECT 1 FROM scheduling_appointment b
                  WHERE b.active AND b.practitioner = p_practitioner AND b.occupied && o.occupied
                    AND b.id IS DISTINCT FROM v_own.id))
               AND NOT EXISTS (
                  SELECT 1 FROM scheduling_availability m
                  WHERE m.practitioner = p_practitioner AND busy_beside(m, v_own) && o.occupied
                    AND m.day BETWEEN (lower(o.occupied) AT TIME ZONE 'UTC')::date
                                  AND (upper(o.occupied) AT TIME ZONE 'UTC')::date) END
          AND (p.room = c_no_room OR NOT EXISTS (
              SELECT 1 FROM scheduling_appointment r
              WHERE r.active AND r.room = p.room AND r.practitioner <> p_practitioner AND r.occupied && o.occupied))
        ORDER BY p.room, p.ends, p.ticket LIMIT 1;
    IF NOT FOUND THEN
        code := CASE WHEN EXISTS (SELECT 1 FROM slot_places(p_practitioner, p_location, p_start, v_offer, v_own))
                THEN 'taken' ELSE 'not_offered' END;
        RETURN;
    END IF;
    IF v_offer.quota IS NOT NULL AND NOT within_quota(v_offer, p_start, v_now) THEN
        code := 'quota'; RETURN;
    END IF;
    IF v_over IS NOT NULL AND v_near > 0 THEN
        SELECT CASE WHEN bool_or(b.location <> p_location) THEN 'not_overbookable'
                    WHEN NOT bool_and(b.id = ANY (v_over)) THEN 'more_taken' END, count(*) > 0
            INTO code, v_is_over
            FROM scheduling_appointment b
            WHERE b.active AND b.practitioner = p_practitioner AND b.occupied && v_place.occupied;
        IF code IS NOT NULL THEN RETURN; END IF;
        v_lane := free_lane(p_practitioner, v_place.occupied);
        IF v_lane > v_offer.overbook THEN code := 'overbook_full'; RETURN; END IF;
    END IF;

    appointment := gen_random_uuid();
    starts := p_start;
    ends := v_place.ends;
    price := v_offer.price;
    zone := v_offer.zone;
    until := v_now + (p_terms ->> 'hold')::interval;
    INSERT INTO scheduling_appointment (
        id, chain, version, practitioner, location, service, room, lane, room_lane, party, visit, occupied, state,
        channel, device, ticket, mis_overlap, over_why, reason, hold_until, price, answers)
    SELECT appointment, CASE WHEN v_own.occupied && v_place.occupied THEN v_own.chain ELSE appointment END, 1,
        p_practitioner, p_location, p_service, nullif(v_place.room, c_no_room), v_lane, v_lane,
        CASE WHEN v_offer.capacity > 1 THEN party_of(p_practitioner, p_location, tstzrange(p_start, ends)) END,
        tstzrange(p_start, ends, '[)'), v_place.occupied, 'held',
        p_terms ->> 'channel', v_device, v_place.ticket, false,
        CASE WHEN v_is_over THEN p_terms ->> 'why' ELSE '' END, '', until, v_offer.price, v_answers
    ON CONFLICT DO NOTHING;
    IF FOUND THEN
        code := 'held';
    ELSE
        code := 'taken'; appointment := NULL; starts := NULL; ends := NULL; until := NULL;
        price := NULL; zone := NULL;
    END IF;
END $$;
