-- A wish and what is offered to it name a visit (class A): its own patient reads them behind the visit's secret, or
-- behind their phone.
ALTER TABLE scheduling_wish ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY reach ON scheduling_wish FOR SELECT USING (
    current_setting('feldsher.visits', true) = 'all'
    OR patient = ANY (string_to_array(NULLIF(current_setting('feldsher.patients', true), ''), ',')::uuid[])
    OR chain = (SELECT a.chain FROM scheduling_appointment a
                WHERE a.id = NULLIF(current_setting('feldsher.visit', true), '')::uuid));
CREATE POLICY writes ON scheduling_wish USING (
    current_setting('feldsher.visits', true) = 'all' AND current_setting('feldsher.writes', true) = 'on');

ALTER TABLE scheduling_waiting_offer ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY reach ON scheduling_waiting_offer FOR SELECT USING (
    current_setting('feldsher.visits', true) = 'all' OR wish IN (SELECT w.id FROM scheduling_wish w));
CREATE POLICY writes ON scheduling_waiting_offer USING (
    current_setting('feldsher.visits', true) = 'all' AND current_setting('feldsher.writes', true) = 'on');
