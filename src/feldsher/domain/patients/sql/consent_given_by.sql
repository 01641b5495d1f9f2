-- Who gave a consent in the patient's stead is a part of the proof, and so is what they were to the patient.

CREATE OR REPLACE FUNCTION patients_guard_consent() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF OLD.withdrawn_at IS NOT NULL
        OR (NEW.id, NEW.patient_id, NEW.text_id, NEW.purpose, NEW.version, NEW.sha256, NEW.given_at,
            NEW.channel, NEW.appointment_id, NEW.given_by_id)
        IS DISTINCT FROM
           (OLD.id, OLD.patient_id, OLD.text_id, OLD.purpose, OLD.version, OLD.sha256, OLD.given_at,
            OLD.channel, OLD.appointment_id, OLD.given_by_id)
    THEN
        RAISE EXCEPTION 'of a consent only its withdrawal may be added' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;

-- A consent's representative must be the patient's own: else the proof would name a stranger.
CREATE FUNCTION patients_guard_given_by() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF NEW.given_by_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM public.patients_related_person r
        WHERE r.id = NEW.given_by_id AND r.patient_id = NEW.patient_id)
    THEN
        RAISE EXCEPTION 'who gave the consent is not related to the patient' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION patients_guard_related() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF (NEW.id, NEW.patient_id, NEW.relation, NEW.created_at)
        IS DISTINCT FROM (OLD.id, OLD.patient_id, OLD.relation, OLD.created_at)
    THEN
        RAISE EXCEPTION 'a relation that a consent rests on is final' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER patients_consent_is_given_by_theirs BEFORE INSERT ON patients_consent
FOR EACH ROW EXECUTE FUNCTION patients_guard_given_by();

CREATE TRIGGER patients_related_is_final BEFORE UPDATE ON patients_related_person
FOR EACH ROW EXECUTE FUNCTION patients_guard_related();
