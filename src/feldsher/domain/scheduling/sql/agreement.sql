-- Where a MIS tells a visit otherwise names the visit, and a change that could not be applied is one: class A.
DO $$
DECLARE
    v_table text;
BEGIN
    FOREACH v_table IN ARRAY ARRAY['scheduling_discrepancy', 'scheduling_unapplied'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', v_table);
        EXECUTE format('CREATE POLICY reach ON %I FOR SELECT USING (
            current_setting(''feldsher.visits'', true) = ''all'')', v_table);
        EXECUTE format('CREATE POLICY writes ON %I USING (
            current_setting(''feldsher.visits'', true) = ''all''
            AND current_setting(''feldsher.writes'', true) = ''on'')', v_table);
    END LOOP;
END $$;
