-- Who reaches which visit (class A of the matrix), and who may change it. FORCE: the owner of the tables is no exception.
-- The settings are those of an access_context; outside of one there are no rows. hold_slot and free_slots run as
-- feldsher_definer, whose policy is exactly "true": any other would keep && out of the index, and whoever sees no
-- busy rows would be offered every time.
ALTER TABLE scheduling_appointment ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY definer ON scheduling_appointment TO feldsher_definer USING (true);
CREATE POLICY reach ON scheduling_appointment FOR SELECT USING (
    current_setting('feldsher.visits', true) = 'all'
    OR id = NULLIF(current_setting('feldsher.visit', true), '')::uuid
    OR patient = ANY (string_to_array(NULLIF(current_setting('feldsher.patients', true), ''), ',')::uuid[])
    OR (current_setting('feldsher.visits', true) = 'own'
        AND practitioner = NULLIF(current_setting('feldsher.care_of', true), '')::uuid)
    OR (current_setting('feldsher.visits', true) = 'care' AND patient IN (SELECT in_care())));
CREATE POLICY writes ON scheduling_appointment USING (
    current_setting('feldsher.visits', true) = 'all' AND current_setting('feldsher.writes', true) = 'on');

ALTER TABLE scheduling_exchange ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY reach ON scheduling_exchange FOR SELECT USING (
    current_setting('feldsher.visits', true) = 'all'
    OR appointment = NULLIF(current_setting('feldsher.visit', true), '')::uuid);
CREATE POLICY writes ON scheduling_exchange USING (
    current_setting('feldsher.visits', true) = 'all' AND current_setting('feldsher.writes', true) = 'on');

ALTER TABLE scheduling_transition ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY definer ON scheduling_transition TO feldsher_definer USING (true);
CREATE POLICY reach ON scheduling_transition FOR SELECT USING (
    current_setting('feldsher.visits', true) = 'all'
    OR appointment = NULLIF(current_setting('feldsher.visit', true), '')::uuid);
CREATE POLICY writes ON scheduling_transition USING (
    current_setting('feldsher.visits', true) = 'all' AND current_setting('feldsher.writes', true) = 'on');

ALTER TABLE scheduling_verdict ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY reach ON scheduling_verdict FOR SELECT USING (current_setting('feldsher.visits', true) = 'all');
CREATE POLICY writes ON scheduling_verdict USING (
    current_setting('feldsher.visits', true) = 'all' AND current_setting('feldsher.writes', true) = 'on');

ALTER TABLE scheduling_call_request ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY reach ON scheduling_call_request FOR SELECT USING (current_setting('feldsher.persons', true) = 'all');
CREATE POLICY writes ON scheduling_call_request USING (
    current_setting('feldsher.persons', true) = 'all' AND current_setting('feldsher.writes', true) = 'on');
