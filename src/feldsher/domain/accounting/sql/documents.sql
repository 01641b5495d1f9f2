-- The database writes a visit's document in the commit that changes the visit: whoever changes visits knows nothing
-- of accounting, and no change can be missed, skipped by a late commit, or told before it is true.
--
-- A visit of ours gets a document when it is booked, never by a hold, which pays nothing here. One that registrars
-- took by phone is the MIS's own matter, unless it goes on with a visit of ours that was moved there.
CREATE FUNCTION accounting_note() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- Looked for before it is inserted: a number that meets a conflict is spent.
    IF NEW.channel <> 'mis' AND NOT EXISTS (SELECT FROM accounting_document WHERE chain = NEW.chain) THEN
        INSERT INTO accounting_document
            (chain, practitioner, location, service, starts_at, price, state, changed_at)
        VALUES (NEW.chain, NEW.practitioner, NEW.location, NEW.service, lower(NEW.visit), NEW.price, NEW.state,
                clock_now())
        ON CONFLICT (chain) DO NOTHING;
        IF FOUND THEN
            RETURN NULL;
        END IF;
    END IF;
    UPDATE accounting_document d
    SET practitioner = NEW.practitioner, location = NEW.location, service = NEW.service,
        starts_at = lower(NEW.visit), price = NEW.price, state = NEW.state, changed_at = clock_now(),
        version = d.version + 1, is_due = true
    WHERE d.chain = NEW.chain
      AND (d.practitioner, d.location, d.service, d.starts_at, d.price, d.state) IS DISTINCT FROM
          (NEW.practitioner, NEW.location, NEW.service, lower(NEW.visit), NEW.price, NEW.state);
    RETURN NULL;
END $$;

CREATE TRIGGER appointment_document_made AFTER INSERT ON scheduling_appointment
    FOR EACH ROW WHEN (NEW.state IN ('booked', 'arrived', 'fulfilled', 'cancelled', 'noshow'))
    EXECUTE FUNCTION accounting_note();
CREATE TRIGGER appointment_document_changed
    AFTER UPDATE OF state, visit, practitioner, location, service, price ON scheduling_appointment
    FOR EACH ROW WHEN (NEW.state IN ('booked', 'arrived', 'fulfilled', 'cancelled', 'noshow')
        AND (OLD.state, OLD.visit, OLD.practitioner, OLD.location, OLD.service, OLD.price)
            IS DISTINCT FROM (NEW.state, NEW.visit, NEW.practitioner, NEW.location, NEW.service, NEW.price))
    EXECUTE FUNCTION accounting_note();

-- That a visit takes place is class A of the matrix, whoever's it is. FORCE: the owner is no exception.
DO $$
DECLARE
    v_table text;
BEGIN
    FOREACH v_table IN ARRAY ARRAY['accounting_document', 'accounting_difference'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', v_table);
        EXECUTE format('CREATE POLICY reach ON %I FOR SELECT USING (
            current_setting(''feldsher.visits'', true) = ''all'')', v_table);
        EXECUTE format('CREATE POLICY writes ON %I USING (
            current_setting(''feldsher.visits'', true) = ''all''
            AND current_setting(''feldsher.writes'', true) = ''on'')', v_table);
    END LOOP;
END $$;
CREATE POLICY definer ON accounting_document TO feldsher_definer USING (true);
GRANT SELECT, INSERT, UPDATE ON accounting_document TO feldsher_definer;
GRANT USAGE ON SEQUENCE accounting_document_id_seq TO feldsher_definer;

DO $$
DECLARE
    v_grantee text;
BEGIN
    -- As in scheduling's care.sql: nobody else may call it, whatever default privileges gave away.
    FOR v_grantee IN
        SELECT CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END
        FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) g
        WHERE p.oid = 'accounting_note()'::regprocedure AND g.grantee <> p.proowner
    LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION accounting_note() FROM %s', v_grantee);
    END LOOP;
    ALTER FUNCTION accounting_note() OWNER TO feldsher_definer;
END $$;

-- What was booked before there were documents, and is still to come.
SELECT set_config('feldsher.visits', 'all', true), set_config('feldsher.writes', 'on', true);
INSERT INTO accounting_document (chain, practitioner, location, service, starts_at, price, state, changed_at)
SELECT DISTINCT ON (chain) chain, practitioner, location, service, starts_at, price, 'booked', clock_now()
FROM scheduling_appointment
WHERE state IN ('booked', 'cancelling') AND starts_at > clock_now() AND channel <> 'mis'
ORDER BY chain, version DESC;
SELECT set_config('feldsher.visits', '', true), set_config('feldsher.writes', '', true);
