-- Whom a patient has lent access: read by the patient and by who holds the grant, changed by our own steps only.
ALTER TABLE patients_phone_grant ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY reach ON patients_phone_grant FOR SELECT USING (
    current_setting('feldsher.persons', true) = 'all'
    OR patient_id = ANY (string_to_array(NULLIF(current_setting('feldsher.patients', true), ''), ',')::uuid[]));
CREATE POLICY writes ON patients_phone_grant USING (
    current_setting('feldsher.persons', true) = 'all' AND current_setting('feldsher.writes', true) = 'on');
