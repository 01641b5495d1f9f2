-- What is counted from is of single visits: reached in a context only, like the visits themselves.
DO $$
DECLARE
    v_table text;
BEGIN
    FOREACH v_table IN ARRAY ARRAY['figures_visit', 'figures_origin'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', v_table);
        EXECUTE format('CREATE POLICY reach ON %I FOR SELECT USING (
            current_setting(''feldsher.visits'', true) = ''all'')', v_table);
        EXECUTE format('CREATE POLICY writes ON %I USING (
            current_setting(''feldsher.visits'', true) = ''all''
            AND current_setting(''feldsher.writes'', true) = ''on'')', v_table);
    END LOOP;
END $$;
