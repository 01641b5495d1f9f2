-- Who reads the journal, and what a check of it found. Anybody adds a row, and needs to see none for that. A look
-- has said before what it looks at: everything, or the rows about one patient (reading.JOURNAL). FORCE: the owner
-- of the tables is no exception.
ALTER TABLE audit_access ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY adds ON audit_access FOR INSERT WITH CHECK (true);
CREATE POLICY definer ON audit_access FOR SELECT TO feldsher_definer USING (true);
CREATE POLICY reach ON audit_access FOR SELECT USING (
    CASE current_setting('feldsher.audit', true)
        WHEN 'all' THEN true
        WHEN '' THEN false
        ELSE patients @> ARRAY[current_setting('feldsher.audit', true)::uuid]
    END);

-- Rows that found no month: counted by themselves.
ALTER TABLE audit_access_default ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY reach ON audit_access_default FOR SELECT USING (current_setting('feldsher.audit', true) = 'all');

ALTER TABLE audit_check ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY reach ON audit_check USING (current_setting('feldsher.audit', true) = 'all');

-- The ids of a patient's rows. Behind row security @> is in no index (it is not leakproof), and a look would read
-- the whole journal; this function has the policy "true", and holds the same bound by itself.
CREATE FUNCTION audit_rows_of(p_patient uuid) RETURNS TABLE (id bigint)
    LANGUAGE sql STABLE SECURITY DEFINER ROWS 200 SET search_path = pg_catalog, public, pg_temp AS
$$
    SELECT a.id FROM public.audit_access a
    WHERE a.patients @> ARRAY[p_patient]
      AND current_setting('feldsher.audit', true) IN ('all', p_patient::text)
$$;
GRANT SELECT ON audit_access TO feldsher_definer;
ALTER FUNCTION audit_rows_of OWNER TO feldsher_definer;
