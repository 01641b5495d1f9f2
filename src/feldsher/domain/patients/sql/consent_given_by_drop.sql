DROP TRIGGER patients_related_is_final ON patients_related_person;
DROP TRIGGER patients_consent_is_given_by_theirs ON patients_consent;
DROP FUNCTION patients_guard_related();
DROP FUNCTION patients_guard_given_by();

CREATE OR REPLACE FUNCTION patients_guard_consent() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF OLD.withdrawn_at IS NOT NULL
        OR (NEW.id, NEW.patient_id, NEW.text_id, NEW.purpose, NEW.version, NEW.sha256, NEW.given_at,
            NEW.channel, NEW.appointment_id)
        IS DISTINCT FROM
           (OLD.id, OLD.patient_id, OLD.text_id, OLD.purpose, OLD.version, OLD.sha256, OLD.given_at,
            OLD.channel, OLD.appointment_id)
    THEN
        RAISE EXCEPTION 'of a consent only its withdrawal may be added' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
