-- Takes one time for one person, in one round trip. Answers a code and, for 'held', the new row.
--
-- Order of effects: idempotency, terms and bounds, missing lock rows (before any lock is held), locks in key
-- order, overdue holds, free time re-read under the lock, all lanes counted, insert. The exclusion constraints
-- stand behind all of it. A lock timeout or deadlock is an error of this transaction: the caller answers
-- busy_try_again, and nothing is written.
--
-- Plans are made once a connection, and often while the tables are still empty: without enable_seqscan = off they
-- would read whole tables ever after.
CREATE OR REPLACE FUNCTION hold_slot(
    p_practitioner uuid, p_location uuid, p_service uuid, p_start timestamptz,
    p_terms jsonb)
RETURNS TABLE (code text, appointment uuid, starts timestamptz, ends timestamptz, until timestamptz, price numeric,
               zone text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '2s'
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    v_key bytea := decode(p_terms ->> 'key', 'hex');
    v_body bytea := decode(p_terms ->> 'body', 'hex');
    v_seen scheduling_outcome%ROWTYPE;
    v_code text;
    v_made record;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'hold_slot needs READ COMMITTED: an older snapshot would book withdrawn time'
            USING ERRCODE = 'invalid_transaction_state';
    END IF;
    IF v_key IS NOT NULL THEN
        -- A look-up before the lock would answer "taken" to its own twin.
        IF NOT pg_try_advisory_xact_lock(('x' || left(p_terms ->> 'key', 16))::bit(64)::bigint) THEN
            RETURN QUERY SELECT 'in_progress', NULL::uuid, NULL::timestamptz, NULL::timestamptz,
                NULL::timestamptz, NULL::numeric, NULL::text;
            RETURN;
        END IF;
        SELECT * INTO v_seen FROM scheduling_outcome o WHERE o.key = v_key;
        IF FOUND THEN
            RETURN QUERY SELECT
                CASE WHEN v_seen.body = v_body THEN v_seen.code ELSE 'key_reused' END, a.id,
                lower(a.visit), upper(a.visit), a.hold_until, a.price, z.zone
                FROM (SELECT 1) AS one
                LEFT JOIN scheduling_appointment a ON a.id = v_seen.appointment AND v_seen.body = v_body
                LEFT JOIN scheduling_offer z ON z.practitioner = a.practitioner AND z.location = a.location
                    AND z.service = a.service;
            RETURN;
        END IF;
    END IF;

    v_made := hold_slot_once(p_practitioner, p_location, p_service, p_start, p_terms);

    -- Only final answers are kept: what may go better on a second try is not.
    IF v_key IS NOT NULL AND v_made.code IN ('held', 'taken', 'not_offered', 'in_past', 'quota', 'answers') THEN
        INSERT INTO scheduling_outcome (key, body, code, appointment)
            VALUES (v_key, v_body, v_made.code, v_made.appointment);
    END IF;
    code := v_made.code; appointment := v_made.appointment; starts := v_made.starts; ends := v_made.ends;
    until := v_made.until; price := v_made.price; zone := v_made.zone;
    RETURN NEXT;
END $$;
