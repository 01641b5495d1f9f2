-- A visit puts its patient into the doctor's care from 30 days before it to 90 after, and into that of the doctor's
-- department in that branch. One that was cancelled, refused or moved away does not, or no longer.
CREATE FUNCTION care_of_visits(p_visits uuid[]) RETURNS void LANGUAGE sql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO access_care_relation (source, kind, practitioner, department, patient, period)
    SELECT a.id, 'attending', a.practitioner,
           (SELECT r.department_id FROM directory_practitioner_role r
            WHERE r.practitioner_id = a.practitioner AND r.location_id = a.location AND r.department_id IS NOT NULL
              AND r.closed_at IS NULL
            ORDER BY r.id LIMIT 1),
           a.patient,
           tstzrange(lower(a.visit) - interval '30 days', upper(a.visit) + interval '90 days')
    FROM scheduling_appointment a
    WHERE a.id = ANY (p_visits) AND a.patient IS NOT NULL
      AND a.state IN ('booking', 'unknown', 'booked', 'cancelling', 'arrived', 'fulfilled', 'noshow')
    ON CONFLICT (source) DO UPDATE SET practitioner = excluded.practitioner, department = excluded.department,
        patient = excluded.patient, period = excluded.period;
    DELETE FROM access_care_relation c USING scheduling_appointment a
    WHERE c.source = ANY (p_visits) AND a.id = c.source
      AND (a.patient IS NULL
           OR a.state NOT IN ('booking', 'unknown', 'booked', 'cancelling', 'arrived', 'fulfilled', 'noshow'));
$$;

CREATE FUNCTION appointment_care() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM care_of_visits(ARRAY[NEW.id]);
    RETURN NULL;
END $$;
-- A hold has no patient, so that it pays nothing here.
CREATE TRIGGER appointment_care_made AFTER INSERT ON scheduling_appointment
    FOR EACH ROW WHEN (NEW.patient IS NOT NULL) EXECUTE FUNCTION appointment_care();
CREATE TRIGGER appointment_care_changed AFTER UPDATE OF state, patient ON scheduling_appointment
    FOR EACH ROW WHEN ((OLD.patient IS NOT NULL OR NEW.patient IS NOT NULL)
                       AND (OLD.state <> NEW.state OR OLD.patient IS DISTINCT FROM NEW.patient))
    EXECUTE FUNCTION appointment_care();

-- A doctor who changes the department takes the patients along.
CREATE FUNCTION role_care() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM care_of_visits(ARRAY(
        SELECT c.source FROM access_care_relation c JOIN scheduling_appointment a ON a.id = c.source
        WHERE c.practitioner = coalesce(NEW.practitioner_id, OLD.practitioner_id)
          AND a.location = coalesce(NEW.location_id, OLD.location_id) AND upper(c.period) > clock_now()));
    RETURN NULL;
END $$;
CREATE TRIGGER role_care_changed AFTER UPDATE OF department_id, closed_at ON directory_practitioner_role
    FOR EACH ROW WHEN ((OLD.department_id, OLD.closed_at) IS DISTINCT FROM (NEW.department_id, NEW.closed_at))
    EXECUTE FUNCTION role_care();
CREATE TRIGGER role_care_made AFTER INSERT ON directory_practitioner_role
    FOR EACH ROW WHEN (NEW.department_id IS NOT NULL) EXECUTE FUNCTION role_care();
CREATE TRIGGER role_care_ended AFTER DELETE ON directory_practitioner_role
    FOR EACH ROW WHEN (OLD.department_id IS NOT NULL) EXECUTE FUNCTION role_care();

CREATE POLICY definer ON access_care_relation TO feldsher_definer USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON access_care_relation TO feldsher_definer;
GRANT SELECT ON directory_practitioner_role TO feldsher_definer;
DO $$
DECLARE
    v_name text;
    v_grantee text;
BEGIN
    FOREACH v_name IN ARRAY ARRAY['care_of_visits(uuid[])', 'appointment_care()', 'role_care()'] LOOP
        -- Whoever may call it may hang it on a table of their own; PUBLIC is not the only one who may by default.
        FOR v_grantee IN
            SELECT CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END
            FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) g
            WHERE p.oid = v_name::regprocedure AND g.grantee <> p.proowner
        LOOP
            EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM %s', v_name, v_grantee);
        END LOOP;
        EXECUTE format('ALTER FUNCTION %s OWNER TO feldsher_definer', v_name);
    END LOOP;
END $$;

-- What stood before this.
SELECT care_of_visits(ARRAY(SELECT id FROM scheduling_appointment WHERE patient IS NOT NULL));
