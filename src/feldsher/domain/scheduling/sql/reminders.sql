-- A reminder names a visit (class A); its own patient reads it behind the visit's secret.
ALTER TABLE scheduling_reminder ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY reach ON scheduling_reminder FOR SELECT USING (
    current_setting('feldsher.visits', true) = 'all'
    OR appointment = NULLIF(current_setting('feldsher.visit', true), '')::uuid);
CREATE POLICY writes ON scheduling_reminder USING (
    current_setting('feldsher.visits', true) = 'all' AND current_setting('feldsher.writes', true) = 'on');
