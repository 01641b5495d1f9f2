-- The shared meaning of "this start is offered". hold_slot and free_slots both use these and nothing else.

-- A start is aligned when it lies a whole number of steps after the doctor began to work.
CREATE OR REPLACE FUNCTION start_aligned(start timestamptz, step interval, anchor timestamptz) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT date_bin(step, start, anchor) = start $$;

-- The first aligned start at or after an instant, which is not before the anchor.
CREATE OR REPLACE FUNCTION align_up(start timestamptz, step interval, anchor timestamptz) RETURNS timestamptz
    LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT date_bin(step, start + step - interval '1 microsecond', anchor)
$$;

-- Rows that take time: an overdue hold no longer does.
CREATE OR REPLACE FUNCTION takes_time(state text, hold_until timestamptz, at timestamptz) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT state <> 'held' OR hold_until > at $$;

-- What all places of a group at one time have in common, and no other visit has: see appointment_practitioner_free.
CREATE OR REPLACE FUNCTION party_of(p_practitioner uuid, p_location uuid, p_visit tstzrange) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT encode(substr(sha256(uuid_send(p_practitioner) || uuid_send(p_location)
        || timestamptz_send(lower(p_visit)) || timestamptz_send(upper(p_visit))), 1, 16), 'hex')::uuid
$$;

-- One more may join the group of an offer at the time of a visit. Whoever the doctor has then, buffers included, has a
-- place of this very group (same branch, start, end, and service, which a MIS does not name), and they are fewer than
-- its capacity. A ticket is one place. What a MIS calls busy is no place, but where it is that very time.
-- PL/pgSQL keeps the plan for the connection, and reads no column before a later migration has made it.
CREATE OR REPLACE FUNCTION may_join(
    p_offer scheduling_offer, p_visit tstzrange, p_ticket text, at timestamptz) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    c_unnamed CONSTANT uuid := 'd7898b4b-3d08-57f7-a48c-ebb722d3c311';
    v_occupied tstzrange := tstzrange(lower(p_visit) - p_offer.before, upper(p_visit) + p_offer.after);
    v_party uuid := party_of(p_offer.practitioner, p_offer.location, p_visit);
BEGIN
    RETURN (
        SELECT count(*) < p_offer.capacity AND coalesce(bool_and(
                   b.party IS NOT DISTINCT FROM v_party AND b.service IN (p_offer.service, c_unnamed)
                   AND (b.ticket = '' OR b.ticket <> p_ticket)), true)
        FROM scheduling_appointment b
        WHERE b.active AND b.practitioner = p_offer.practitioner AND b.occupied && v_occupied
          AND takes_time(b.state, b.hold_until, at)
    ) AND (
        SELECT coalesce(bool_and(m.location = p_offer.location), true)
               AND coalesce(range_agg(m.busy) * tstzmultirange(v_occupied), '{}') IN ('{}', tstzmultirange(p_visit))
        FROM scheduling_availability m
        WHERE m.practitioner = p_offer.practitioner AND m.busy && v_occupied
          AND m.day BETWEEN (lower(v_occupied) AT TIME ZONE 'UTC')::date AND (upper(v_occupied) AT TIME ZONE 'UTC')::date
    );
END $$;

-- The patient has answered all that the offer asks (1 first visit, 2 repeat, 4 age fits, 8 referral), and the visit
-- is where they want it (16 remote, 32 in person, neither: no matter).
CREATE OR REPLACE FUNCTION is_for(asks smallint, mode text, answers smallint) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT asks & ~answers = 0
       AND (answers & 48 = 0 OR mode = 'either' OR (mode = 'remote') = (answers & 16 <> 0))
$$;

-- Staff have stopped online booking of this doctor in this branch.
CREATE OR REPLACE FUNCTION is_stopped(p_practitioner uuid, p_location uuid, at timestamptz) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT EXISTS (
        SELECT 1 FROM scheduling_stop s
        WHERE s.ended_at IS NULL AND (s.until IS NULL OR s.until > at)
          AND (s.practitioner IS NULL OR s.practitioner = p_practitioner)
          AND (s.location IS NULL OR s.location = p_location))
$$;

-- The day of the branch in which an instant lies; empty where the offer knows no such day.
CREATE OR REPLACE FUNCTION day_of(midnights timestamptz[], at timestamptz) RETURNS tstzrange
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(tstzrange(midnights[i], midnights[i + 1]), 'empty')
    FROM width_bucket(at, midnights) AS i WHERE i BETWEEN 1 AND cardinality(midnights) - 1
$$;

-- How many visits of a doctor in a branch on a day came through our doors: those to come, and those that are over.
CREATE OR REPLACE FUNCTION online_visits(p_offer scheduling_offer, p_day tstzrange, at timestamptz) RETURNS bigint
    LANGUAGE sql STABLE AS $$
    SELECT count(*) FROM (
        SELECT b.location, b.service, b.channel, b.visit FROM scheduling_appointment b
        WHERE b.active AND b.practitioner = p_offer.practitioner AND b.occupied && p_day
          AND takes_time(b.state, b.hold_until, at)
        UNION ALL
        SELECT b.location, b.service, b.channel, b.visit FROM scheduling_appointment b
        WHERE NOT b.active AND b.practitioner = p_offer.practitioner
          AND lower(b.visit) >= lower(p_day) AND lower(b.visit) < upper(p_day)
          AND b.state IN ('fulfilled', 'noshow')) v
    WHERE p_day @> lower(v.visit) AND v.location = p_offer.location AND v.channel NOT IN ('mis', 'desk')
      AND (NOT p_offer.is_quota_of_service OR v.service = p_offer.service)
$$;

-- A booked visit makes way for its own next version, of its branch and service: not a place of a group, whose time is
-- the group's. Its doctor is compared where the doctor is known. PL/pgSQL: see may_join.
CREATE OR REPLACE FUNCTION makes_way(p_visit scheduling_appointment, p_location uuid, p_service uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN p_visit.state = 'booked' AND p_visit.party IS NULL
       AND p_visit.location = p_location AND p_visit.service = p_service;
END $$;

-- What a row of the mirror leaves free to the next version of a visit (NULL: to anybody): the visit's own time, too,
-- where the doctor is at work.
CREATE OR REPLACE FUNCTION free_beside(p_day scheduling_availability, p_own scheduling_appointment)
    RETURNS tstzmultirange LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN p_day.practitioner = p_own.practitioner AND p_day.location = p_own.location
                 AND p_day.room = coalesce(p_own.room, '00000000-0000-0000-0000-000000000000'::uuid)
           THEN p_day.free + p_day.work * tstzmultirange(p_own.visit) ELSE p_day.free END
$$;

-- What it calls busy for that version: not the visit's own time.
CREATE OR REPLACE FUNCTION busy_beside(p_day scheduling_availability, p_own scheduling_appointment)
    RETURNS tstzmultirange LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN p_day.practitioner = p_own.practitioner AND p_day.location = p_own.location
           THEN p_day.busy - tstzmultirange(p_own.visit) ELSE p_day.busy END
$$;

-- The day still has room in the offer's quota. A day that the offer does not know has none.
CREATE OR REPLACE FUNCTION within_quota(p_offer scheduling_offer, p_start timestamptz, at timestamptz) RETURNS boolean
    LANGUAGE sql STABLE AS $$
    SELECT p_offer.quota IS NULL OR coalesce((
        SELECT online_visits(p_offer, d.day, at) < p_offer.quota
        FROM day_of(p_offer.midnights, p_start) AS d(day) WHERE NOT isempty(d.day)), false)
$$;
