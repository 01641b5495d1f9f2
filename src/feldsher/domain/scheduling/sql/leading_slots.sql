-- What a list is ordered by before time: price, distance of the branch in km, or nothing; unknown comes last.
CREATE OR REPLACE FUNCTION weight_of(p_sort text, p_distances jsonb, p_location uuid, p_price numeric)
    RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE p_sort WHEN 'price' THEN coalesce(nullif(p_price, 0)::double precision, 'infinity')
           WHEN 'distance' THEN coalesce((p_distances ->> p_location::text)::double precision, 'infinity')
           ELSE 0 END
$$;

-- Whom a list of doctors shows first: the p_count doctors that lead it, each with the first time of the branch that
-- wins. By weight, then start, then the order in which they were given; doctors without a time are absent. The weight
-- is the price for p_sort 'price', the distance of the branch ({branch: km}) for 'distance', nothing for 'time'; an
-- unknown one comes last. The other terms are those of free_slots, which is what says when the first time is.
-- Few can lead a long list: a start before which a doctor has nothing is cheap to know, and only who might be early
-- enough by it is asked about exactly.
CREATE OR REPLACE FUNCTION leading_slots(
    p_practitioners uuid[], p_location uuid, p_service uuid, p_from timestamptz, p_to timestamptz, p_fresh interval,
    p_answers smallint, p_age smallint, p_sort text, p_distances jsonb, p_count integer)
RETURNS TABLE (practitioner uuid, location uuid, starts timestamptz, zone text, price numeric)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    v_now timestamptz := clock_now();
BEGIN
    RETURN QUERY
    WITH possible AS MATERIALIZED (
        SELECT DISTINCT ON (wanted.n) wanted.practitioner, wanted.n, w.weight, early.starts
        FROM unnest(p_practitioners) WITH ORDINALITY AS wanted(practitioner, n)
        JOIN scheduling_offer o ON o.practitioner = wanted.practitioner
             AND (p_location IS NULL OR o.location = p_location)
             AND (CASE WHEN p_service IS NULL THEN o.is_default ELSE o.service = p_service END)
        CROSS JOIN LATERAL weight_of(p_sort, p_distances, o.location, o.price) AS w(weight)
        CROSS JOIN LATERAL (
            -- Of the first day that has any: what the MIS leaves free, without our visits unless they are of a group.
            SELECT t.starts
            FROM (
                SELECT a.day FROM scheduling_availability a
                WHERE a.practitioner = o.practitioner AND a.location = o.location AND a.mis = o.mis
                  AND a.day >= (greatest(p_from, v_now) AT TIME ZONE 'UTC')::date
                GROUP BY a.day ORDER BY a.day
            ) d
            CROSS JOIN LATERAL (SELECT greatest(p_from, v_now + o.notice) AS earliest) own
            CROSS JOIN LATERAL (
                SELECT min(greatest(span.starts, own.earliest)) AS starts
                FROM scheduling_availability a
                CROSS JOIN LATERAL (
                    SELECT lower(free) AS starts
                    FROM unnest(a.free - CASE WHEN o.capacity > 1 THEN '{}'::tstzmultirange ELSE (
                        SELECT coalesce(range_agg(b.occupied), '{}'::tstzmultirange) FROM scheduling_appointment b
                        WHERE b.active AND b.practitioner = o.practitioner
                          AND b.occupied && tstzrange(lower(a.free), upper(a.free))
                          AND takes_time(b.state, b.hold_until, v_now)) END) AS free
                    WHERE cardinality(a.ticket_ids) = 0 AND upper(free) > own.earliest
                    UNION ALL
                    SELECT k FROM unnest(a.ticket_starts) AS k WHERE k >= own.earliest
                ) span
                WHERE a.practitioner = o.practitioner AND a.day = d.day AND a.location = o.location AND a.mis = o.mis
            ) t
            WHERE t.starts IS NOT NULL
            LIMIT 1
        ) early
        ORDER BY wanted.n, w.weight, early.starts
    ), likely AS MATERIALIZED (
        SELECT p.practitioner, p.n FROM possible p ORDER BY p.weight, p.starts, p.n LIMIT 2 * p_count
    ), found AS MATERIALIZED (
        SELECT f.practitioner, f.location, f.starts, f.zone, f.price FROM free_slots(
            (SELECT array_agg(l.practitioner) FROM likely l),
            p_location, p_service, p_from, p_to, 1, p_fresh, p_answers, p_age) f
    ), last AS MATERIALIZED (
        -- The place that nobody worse than this can take.
        SELECT r.weight, r.starts, r.n FROM (
            SELECT DISTINCT ON (l.n) l.n, w.weight, f.starts
            FROM likely l JOIN found f ON f.practitioner = l.practitioner
            CROSS JOIN LATERAL weight_of(p_sort, p_distances, f.location, f.price) AS w(weight)
            ORDER BY l.n, w.weight, f.starts) r
        ORDER BY r.weight, r.starts, r.n OFFSET p_count - 1 LIMIT 1
    ), others AS MATERIALIZED (
        SELECT f.practitioner, f.location, f.starts, f.zone, f.price FROM free_slots(
            (SELECT coalesce(array_agg(p.practitioner), '{}') FROM possible p
             WHERE NOT EXISTS (SELECT 1 FROM likely l WHERE l.n = p.n)
               AND coalesce((SELECT (p.weight, p.starts, p.n) < (t.weight, t.starts, t.n) FROM last t), true)),
            p_location, p_service, p_from, p_to, 1, p_fresh, p_answers, p_age) f
    )
    SELECT r.practitioner, r.location, r.starts, r.zone, r.price FROM (
        SELECT DISTINCT ON (p.n) p.n, f.*, w.weight
        FROM (SELECT * FROM found UNION ALL SELECT * FROM others) f
        JOIN possible p ON p.practitioner = f.practitioner
        CROSS JOIN LATERAL weight_of(p_sort, p_distances, f.location, f.price) AS w(weight)
        ORDER BY p.n, w.weight, f.starts, f.location) r
    ORDER BY r.weight, r.starts, r.n LIMIT p_count;
END $$;
