-- Times that hold_slot would accept at this moment, in order of start, at most p_limit per offer.
-- p_service NULL: each doctor's default visit. p_location NULL: every branch. Bounds are UTC instants.
-- p_answers, p_age: what the patient has said (predicates.sql, is_for); an offer that asks for more has no times.
-- p_by_staff: for staff, whom no stop, notice or quota of online booking binds.
-- p_over: also times at which visits of ours stand, for staff who book over them.
-- p_instead: the visit whose next version is sought, for whoever has shown the right to move it: its own time is no
-- conflict, but its own start is no other one.
-- A MIS whose mirror is older than p_fresh offers nothing. Returns no patient columns.
-- Days are walked in their order and no further than the limit needs.
CREATE OR REPLACE FUNCTION free_slots(
    p_practitioners uuid[], p_location uuid, p_service uuid,
    p_from timestamptz, p_to timestamptz, p_limit integer, p_fresh interval,
    p_answers smallint DEFAULT 0, p_age smallint DEFAULT NULL, p_by_staff boolean DEFAULT false,
    p_over boolean DEFAULT false, p_instead uuid DEFAULT NULL)
RETURNS TABLE (practitioner uuid, location uuid, service uuid, room uuid, ticket text,
               starts timestamptz, ends timestamptz, zone text, price numeric, answers smallint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    v_now timestamptz := clock_now();
    v_stops boolean := NOT p_by_staff AND EXISTS (SELECT 1 FROM scheduling_stop s WHERE s.ended_at IS NULL);
    v_own scheduling_appointment%ROWTYPE;
BEGIN
    IF p_instead IS NOT NULL THEN
        SELECT * INTO v_own FROM scheduling_appointment b
            WHERE b.id = p_instead AND makes_way(b, p_location, p_service);
    END IF;
    RETURN QUERY
    SELECT o.practitioner, o.location, o.service, s.room, s.ticket, s.starts, s.starts + s.length,
           o.zone, o.price,
           (o.asks | CASE WHEN o.mode = 'remote' OR (o.mode = 'either' AND p_answers & 16 <> 0)
                     THEN 16 ELSE 0 END)::smallint
    FROM unnest(p_practitioners) AS wanted(practitioner)
    JOIN scheduling_offer o ON o.practitioner = wanted.practitioner
         AND (p_location IS NULL OR o.location = p_location)
         AND (CASE WHEN p_service IS NULL THEN o.is_default ELSE o.service = p_service END)
         AND is_for(o.asks, o.mode, CASE WHEN p_age BETWEEN coalesce(o.age_from, 0) AND coalesce(o.age_to, 32767)
                                    THEN p_answers | 4::smallint ELSE p_answers END)
         AND NOT (v_stops AND is_stopped(o.practitioner, o.location, v_now))
    JOIN scheduling_sync_status sync ON sync.mis = o.mis AND sync.as_of >= v_now - p_fresh
    CROSS JOIN LATERAL (
        SELECT d.day, t.*
        FROM (
            SELECT a.day, bool_or(cardinality(a.ticket_ids) > 0) AS has_tickets FROM scheduling_availability a
            WHERE a.practitioner = o.practitioner AND a.location = o.location AND a.mis = o.mis
              AND a.day BETWEEN (greatest(p_from, v_now) AT TIME ZONE 'UTC')::date
                            AND (least(p_to, v_now + o.horizon) AT TIME ZONE 'UTC')::date
            GROUP BY a.day ORDER BY a.day
        ) d
        CROSS JOIN LATERAL (
            -- Time in which the doctor has nothing, neither a visit of a MIS in whatever branch nor one of ours.
            -- Of groups each time is asked about instead (may_join).
            SELECT CASE WHEN o.capacity > 1 THEN '{(,)}'::tstzmultirange ELSE '{(,)}'::tstzmultirange - (
                SELECT coalesce(range_agg(busy_beside(m, v_own)), '{}'::tstzmultirange)
                FROM scheduling_availability m
                WHERE m.practitioner = o.practitioner AND m.day BETWEEN d.day - 1 AND d.day + 2
                ) - CASE WHEN p_over THEN '{}' ELSE coalesce(range_agg(b.occupied), '{}'::tstzmultirange) END
                END AS clear
            FROM scheduling_appointment b
            WHERE b.active AND b.practitioner = o.practitioner AND b.id IS DISTINCT FROM v_own.id
              AND b.occupied && tstzrange(
                  (d.day::timestamp AT TIME ZONE 'UTC') - o.before,
                  ((d.day + 1)::timestamp AT TIME ZONE 'UTC') + o.after
                  + CASE WHEN d.has_tickets THEN interval '1 day' ELSE o.length END)
              AND takes_time(b.state, b.hold_until, v_now)
        ) own
        CROSS JOIN LATERAL (
            SELECT DISTINCT ON (k.starts) a.room, k.ticket, k.starts, k.length
            FROM scheduling_availability a
            -- Time may run over midnight: a day sees the beginning of the next in the same room.
            CROSS JOIN LATERAL (
                SELECT free_beside(a, v_own) + coalesce((
                    SELECT free_beside(n, v_own) FROM scheduling_availability n
                    WHERE n.practitioner = a.practitioner AND n.day = a.day + 1
                      AND n.location = a.location AND n.room = a.room AND n.mis = a.mis),
                    '{}'::tstzmultirange) AS free
            ) two_days
            CROSS JOIN LATERAL (
                SELECT '' AS ticket, g.starts, o.length
                FROM unnest(two_days.free) AS stretch(span)
                JOIN unnest(a.work) AS work(span) ON work.span @> lower(stretch.span)
                JOIN unnest(own.clear) AS clear(span) ON clear.span && stretch.span
                -- The visit lies in the stretch, the visit with its buffers in the clear; bounds that are infinite
                -- are NULL, and say nothing here.
                CROSS JOIN LATERAL (
                    SELECT coalesce(a.step, o.step) AS step,
                           align_up(greatest(lower(stretch.span), lower(clear.span) + o.before, p_from,
                                             CASE WHEN p_by_staff THEN v_now ELSE v_now + o.notice END,
                                             a.day::timestamp AT TIME ZONE 'UTC'),
                                    coalesce(a.step, o.step), lower(work.span)) AS first
                ) f
                CROSS JOIN LATERAL generate_series(
                    f.first,
                    least(upper(stretch.span) - o.length, upper(clear.span) - o.after - o.length,
                          p_to - interval '1 microsecond', v_now + o.horizon,
                          ((a.day + 1)::timestamp AT TIME ZONE 'UTC') - interval '1 microsecond',
                          -- Where no start is refused below, nobody needs more of a stretch than the limit.
                          CASE WHEN o.capacity = 1 AND (o.quota IS NULL OR p_by_staff) AND v_own.id IS NULL
                               AND a.room = '00000000-0000-0000-0000-000000000000'::uuid
                               THEN f.first + (p_limit - 1) * f.step END),
                    f.step) AS g(starts)
                WHERE cardinality(a.ticket_ids) = 0
                UNION ALL
                SELECT k.id, k.starts, k.ends - k.starts
                FROM unnest(a.ticket_ids, a.ticket_starts, a.ticket_ends) AS k(id, starts, ends)
                WHERE k.starts >= greatest(p_from, CASE WHEN p_by_staff THEN v_now ELSE v_now + o.notice END)
                  AND k.starts < p_to
                  AND k.starts <= v_now + o.horizon
                  AND own.clear @> tstzrange(k.starts - o.before, k.ends + o.after)
            ) k
            WHERE a.practitioner = o.practitioner AND a.day = d.day AND a.location = o.location AND a.mis = o.mis
              AND (o.capacity = 1 OR may_join(o, tstzrange(k.starts, k.starts + k.length), k.ticket, v_now))
              AND (a.room = '00000000-0000-0000-0000-000000000000'::uuid OR NOT EXISTS (
                  SELECT 1 FROM scheduling_appointment r
                  WHERE r.active AND r.room = a.room AND r.practitioner <> o.practitioner
                    AND r.occupied && tstzrange(k.starts - o.before, k.starts + k.length + o.after)
                    AND takes_time(r.state, r.hold_until, v_now)))
              AND (o.quota IS NULL OR p_by_staff OR within_quota(o, k.starts, v_now))
              AND (v_own.id IS NULL OR v_own.practitioner <> o.practitioner OR lower(v_own.visit) <> k.starts)
            ORDER BY k.starts, a.room, k.length, k.ticket
        ) t
        -- No ORDER BY: t hangs on d, so that days come in their order, each with its starts in theirs, and the first
        -- p_limit rows are the earliest. A sort here would compute one day more to see that a day has ended.
        LIMIT p_limit
    ) s
    ORDER BY s.starts, o.practitioner, o.location;
END $$;
