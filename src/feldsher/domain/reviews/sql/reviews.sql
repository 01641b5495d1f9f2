-- Who reaches which review, and what a withdrawn consent does; what may become of a review is in guard.sql.
-- FORCE: the owner of the tables is no exception. The settings are those of an access_context, and of Rows("reviews").
ALTER TABLE reviews_invitation ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY definer ON reviews_invitation TO feldsher_definer USING (true);
-- Both settings: staff who see all visits learn of no review, who moderates reviews sees no visit.
CREATE POLICY reach ON reviews_invitation FOR SELECT USING (
    (current_setting('feldsher.visits', true) = 'all' AND current_setting('feldsher.reviews', true) = 'all')
    OR visit = NULLIF(current_setting('feldsher.visit', true), '')::uuid);
CREATE POLICY writes ON reviews_invitation USING (
    current_setting('feldsher.visits', true) = 'all' AND current_setting('feldsher.reviews', true) = 'all'
    AND current_setting('feldsher.writes', true) = 'on');

-- What is published everybody reads; the rest is for who moderates, and for our own machinery.
ALTER TABLE reviews_review ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY definer ON reviews_review TO feldsher_definer USING (true);
CREATE POLICY published ON reviews_review FOR SELECT USING (state = 'published');
CREATE POLICY reach ON reviews_review USING (current_setting('feldsher.reviews', true) = 'all');

-- 152-ФЗ, art. 9 and 10.1: the consent to publish takes down its own review, that to be booked all of the patient.
CREATE FUNCTION consent_takes_reviews() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- A review that is being left at this moment is waited for: the statements below then see it.
    PERFORM FROM reviews_invitation i WHERE i.patient = NEW.patient_id ORDER BY i.visit FOR UPDATE;
    UPDATE reviews_review r
    SET state = 'withdrawn', reason = '', text = ''::bytea, name = ''::bytea, answer = ''
    FROM reviews_invitation i
    WHERE r.id = i.review AND i.patient = NEW.patient_id
        AND (NEW.purpose = 'booking' OR i.visit = NEW.appointment_id);
    UPDATE reviews_invitation i SET state = 'withdrawn', patient = NULL, review = NULL
    WHERE i.patient = NEW.patient_id AND (NEW.purpose = 'booking' OR i.visit = NEW.appointment_id);
    RETURN NULL;
END $$;
CREATE TRIGGER patients_consent_takes_reviews AFTER UPDATE OF withdrawn_at ON patients_consent
    FOR EACH ROW WHEN (OLD.withdrawn_at IS NULL AND NEW.withdrawn_at IS NOT NULL
                       AND NEW.purpose IN ('booking', 'review'))
    EXECUTE FUNCTION consent_takes_reviews();

GRANT SELECT, UPDATE ON reviews_invitation, reviews_review TO feldsher_definer;
DO $$
DECLARE
    v_grantee text;
BEGIN
    -- As in scheduling's care.sql: nobody else may call it, whatever default privileges gave away.
    FOR v_grantee IN
        SELECT CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END
        FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) g
        WHERE p.oid = 'consent_takes_reviews()'::regprocedure AND g.grantee <> p.proowner
    LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION consent_takes_reviews() FROM %s', v_grantee);
    END LOOP;
    ALTER FUNCTION consent_takes_reviews() OWNER TO feldsher_definer;
END $$;
