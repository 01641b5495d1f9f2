-- Under which card a MIS knows a patient is nobody's business but our own machinery's.
ALTER TABLE patients_remote_card ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY writes ON patients_remote_card USING (
    current_setting('feldsher.persons', true) = 'all' AND current_setting('feldsher.writes', true) = 'on');
