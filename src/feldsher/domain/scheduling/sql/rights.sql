-- The hot functions run as a role of their own that nobody can log in as (privacy's definer.sql), so that row
-- security of later modules can show them every busy row and show a caller none.
DO $$
DECLARE
    v_name text;
    v_grantee text;
BEGIN
    GRANT SELECT ON scheduling_offer, scheduling_availability, scheduling_sync_status, scheduling_stop
        TO feldsher_definer;
    GRANT SELECT, INSERT, UPDATE ON scheduling_appointment, scheduling_resource_day TO feldsher_definer;
    GRANT SELECT, INSERT ON scheduling_outcome, scheduling_transition TO feldsher_definer;
    GRANT USAGE ON SEQUENCE scheduling_transition_id_seq TO feldsher_definer;
    GRANT EXECUTE ON FUNCTION clock_now, start_aligned, align_up, takes_time, is_for, is_stopped, day_of,
        online_visits, within_quota, party_of, may_join, weight_of, makes_way, free_beside,
        busy_beside TO PUBLIC;
    FOREACH v_name IN ARRAY ARRAY['hold_slot', 'free_slots', 'leading_slots', 'hold_slot_once', 'lock_days',
                                  'free_lane', 'slot_places', 'wanted_days'] LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %I FROM PUBLIC', v_name);
        EXECUTE format('ALTER FUNCTION %I OWNER TO feldsher_definer', v_name);
    END LOOP;
    -- The parts of hold_slot are nobody's but its own, whatever default privileges gave away.
    FOR v_name, v_grantee IN
        SELECT p.proname, g.grantee::regrole::text
        FROM pg_proc p, aclexplode(p.proacl) g
        WHERE p.proname = 'hold_slot_once' AND g.grantee NOT IN (0, p.proowner) LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %I FROM %s', v_name, v_grantee);
    END LOOP;
END $$;
