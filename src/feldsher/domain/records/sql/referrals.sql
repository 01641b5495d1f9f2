-- Referrals: who reads and writes them, that they are final, and the care that follows from them.

-- Of one visit a doctor has one referral at a time.
ALTER TABLE records_service_request ADD CONSTRAINT records_request_once EXCLUDE USING gist (
    visit WITH =, performer WITH =, tstzrange(authored_at, until) WITH &&) WHERE (withdrawn_at IS NULL);

-- Class E of the matrix. FORCE: the owner of the table is no exception. Who wrote one reads it; to whom it is
-- written reads it while it opens the patient. Nobody but a doctor writes one, not even our own machinery: at their
-- own visit of a patient who is in their care now. The settings are those of an access_context.
ALTER TABLE records_service_request ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY definer ON records_service_request TO feldsher_definer USING (true);
CREATE POLICY reach ON records_service_request FOR SELECT USING (
    current_setting('feldsher.chart', true) = 'all'
    OR (current_setting('feldsher.chart', true) = 'care'
        AND current_setting('feldsher.care_kind', true) = 'attending'
        AND requester = NULLIF(current_setting('feldsher.care_of', true), '')::uuid)
    OR (current_setting('feldsher.chart', true) = 'care'
        AND current_setting('feldsher.care_kind', true) = 'referral'
        AND performer = NULLIF(current_setting('feldsher.care_of', true), '')::uuid
        AND EXISTS (SELECT FROM access_care_relation c
                    WHERE c.source = records_service_request.id AND c.period @> clock_now())));
CREATE POLICY writes ON records_service_request FOR INSERT WITH CHECK (
    current_setting('feldsher.chart', true) = 'care' AND current_setting('feldsher.writes', true) = 'on'
    AND requester = NULLIF(current_setting('feldsher.care_of', true), '')::uuid
    AND patient IN (SELECT in_care())
    AND EXISTS (SELECT FROM access_care_relation c
                WHERE c.source = records_service_request.visit AND c.kind = 'attending'
                  AND c.practitioner = records_service_request.requester
                  AND c.patient = records_service_request.patient));
CREATE POLICY ends ON records_service_request FOR UPDATE USING (
    current_setting('feldsher.chart', true) = 'care' AND current_setting('feldsher.writes', true) = 'on'
    AND requester = NULLIF(current_setting('feldsher.care_of', true), '')::uuid);

CREATE FUNCTION service_request_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a referral is not deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    IF (NEW.id, NEW.requester, NEW.performer, NEW.visit, NEW.location, NEW.reason, NEW.authored_at)
            IS DISTINCT FROM
           (OLD.id, OLD.requester, OLD.performer, OLD.visit, OLD.location, OLD.reason, OLD.authored_at)
        OR NEW.until > OLD.until
        OR (OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS DISTINCT FROM OLD.withdrawn_at)
        -- What follows the visit is the work of care_of_referrals alone.
        OR ((NEW.patient, NEW.stands) IS DISTINCT FROM (OLD.patient, OLD.stands)
            AND current_user <> 'feldsher_definer')
    THEN
        RAISE EXCEPTION 'a referral may be shortened and withdrawn, and no more'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER service_request_is_final BEFORE UPDATE OR DELETE ON records_service_request
    FOR EACH ROW EXECUTE FUNCTION service_request_guard();

-- Whom a referral is about: the patient of its visit, or of what the visit was moved to, while that puts them into
-- the care of who wrote it; NULL when it does not any more.
CREATE FUNCTION referred_patient(p_visit uuid, p_requester uuid) RETURNS uuid LANGUAGE sql STABLE
    SET search_path = public, pg_temp AS $$
    SELECT c.patient
    FROM scheduling_appointment v
    JOIN scheduling_appointment n ON n.chain = v.chain
    JOIN access_care_relation c ON c.source = n.id AND c.kind = 'attending' AND c.practitioner = p_requester
    WHERE v.id = p_visit
    ORDER BY n.version DESC LIMIT 1
$$;

-- A referral opens its patient to the performer until its term, unless it is withdrawn or its visit is gone.
CREATE FUNCTION care_of_referrals(p_referrals uuid[]) RETURNS void LANGUAGE sql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE records_service_request r
    SET patient = coalesce(f.patient, r.patient), stands = f.patient IS NOT NULL
    FROM (SELECT id, referred_patient(visit, requester) AS patient
          FROM records_service_request WHERE id = ANY (p_referrals)) f
    WHERE r.id = f.id AND (r.patient, r.stands) IS DISTINCT FROM (coalesce(f.patient, r.patient), f.patient IS NOT NULL);
    INSERT INTO access_care_relation (source, kind, practitioner, patient, period)
    SELECT id, 'referral', performer, patient, tstzrange(authored_at, until)
    FROM records_service_request
    WHERE id = ANY (p_referrals) AND stands AND withdrawn_at IS NULL
    ON CONFLICT (source) DO UPDATE SET patient = excluded.patient, period = excluded.period;
    DELETE FROM access_care_relation c USING records_service_request r
    WHERE c.source = ANY (p_referrals) AND r.id = c.source AND (NOT r.stands OR r.withdrawn_at IS NOT NULL);
$$;

CREATE FUNCTION service_request_care() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        -- A visit that is being cancelled at this moment is waited for; one that changes later finds the referral.
        PERFORM FROM access_care_relation WHERE source = NEW.visit FOR SHARE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'the visit of referral % stands no more', NEW.id USING ERRCODE = 'restrict_violation';
        END IF;
    END IF;
    PERFORM care_of_referrals(ARRAY[NEW.id]);
    RETURN NULL;
END $$;
CREATE TRIGGER service_request_care_made AFTER INSERT ON records_service_request
    FOR EACH ROW EXECUTE FUNCTION service_request_care();
CREATE TRIGGER service_request_care_ended AFTER UPDATE OF until, withdrawn_at ON records_service_request
    FOR EACH ROW EXECUTE FUNCTION service_request_care();

-- Triggers of one table run by name: these after appointment_care_…, which write the care of the visit itself.
-- A visit that goes its usual way pays nothing for referrals.
CREATE FUNCTION appointment_referrals() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM care_of_referrals(ARRAY(
        SELECT r.id FROM records_service_request r JOIN scheduling_appointment v ON v.id = r.visit
        WHERE v.chain = NEW.chain));
    RETURN NULL;
END $$;
CREATE TRIGGER appointment_referrals_changed AFTER UPDATE OF state, patient ON scheduling_appointment
    FOR EACH ROW WHEN (OLD.patient IS NOT NULL AND (OLD.patient IS DISTINCT FROM NEW.patient
                       OR NEW.state IN ('rejected', 'cancelled', 'moved')))
    EXECUTE FUNCTION appointment_referrals();
CREATE TRIGGER appointment_referrals_moved AFTER INSERT ON scheduling_appointment
    FOR EACH ROW WHEN (NEW.patient IS NOT NULL AND NEW.chain <> NEW.id) EXECUTE FUNCTION appointment_referrals();

GRANT SELECT, UPDATE ON records_service_request TO feldsher_definer;
DO $$
DECLARE
    v_function regprocedure;
    v_grantee text;
BEGIN
    FOREACH v_function IN ARRAY ARRAY['referred_patient(uuid, uuid)', 'care_of_referrals(uuid[])',
                                      'service_request_care()', 'appointment_referrals()']::regprocedure[] LOOP
        -- As in scheduling's care.sql: nobody else may call them, whatever default privileges gave away.
        FOR v_grantee IN
            SELECT CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END
            FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) g
            WHERE p.oid = v_function AND g.grantee <> p.proowner
        LOOP
            EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM %s', v_function, v_grantee);
        END LOOP;
        EXECUTE format('ALTER FUNCTION %s OWNER TO feldsher_definer', v_function);
    END LOOP;
END $$;
