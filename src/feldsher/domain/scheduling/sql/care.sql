-- A visit puts its patient into the doctor's care from 30 days before it to 90 days after; one that was cancelled,
-- refused or moved away does not, or no longer.
CREATE OR REPLACE FUNCTION appointment_care() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.patient IS NOT NULL AND NEW.state IN ('booked', 'cancelling', 'arrived', 'fulfilled') THEN
        INSERT INTO access_care_relation (source, kind, practitioner, department, patient, period)
        VALUES (NEW.id, 'attending', NEW.practitioner,
                (SELECT r.department_id FROM directory_practitioner_role r
                 WHERE r.practitioner_id = NEW.practitioner AND r.location_id = NEW.location
                   AND r.department_id IS NOT NULL LIMIT 1),
                NEW.patient,
                tstzrange(lower(NEW.visit) - interval '30 days', upper(NEW.visit) + interval '90 days'))
        ON CONFLICT (source) DO UPDATE SET practitioner = excluded.practitioner, department = excluded.department,
            patient = excluded.patient, period = excluded.period;
    ELSE
        DELETE FROM access_care_relation WHERE source = NEW.id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER appointment_care_made AFTER INSERT ON scheduling_appointment
    FOR EACH ROW WHEN (NEW.patient IS NOT NULL AND NEW.state <> 'held') EXECUTE FUNCTION appointment_care();
CREATE TRIGGER appointment_care_changed AFTER UPDATE OF state, patient ON scheduling_appointment
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state AND NEW.state NOT IN ('held', 'booking', 'expired', 'released'))
    EXECUTE FUNCTION appointment_care();
CREATE POLICY definer ON access_care_relation TO feldsher_definer USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON access_care_relation TO feldsher_definer;
GRANT SELECT ON directory_practitioner_role TO feldsher_definer;
ALTER FUNCTION appointment_care() OWNER TO feldsher_definer;
REVOKE EXECUTE ON FUNCTION appointment_care() FROM PUBLIC;
