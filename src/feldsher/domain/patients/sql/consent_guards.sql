-- A published text is what people agreed to, and a consent is the proof of it: neither may be rewritten,
-- not by the application either. Of a consent only its withdrawal may be added, once.

CREATE FUNCTION patients_refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;

CREATE FUNCTION patients_guard_consent() RETURNS trigger
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

CREATE TRIGGER patients_consent_text_is_final BEFORE UPDATE OR DELETE ON patients_consent_text
FOR EACH ROW EXECUTE FUNCTION patients_refuse_change();

CREATE TRIGGER patients_consent_is_proof BEFORE UPDATE ON patients_consent
FOR EACH ROW EXECUTE FUNCTION patients_guard_consent();
