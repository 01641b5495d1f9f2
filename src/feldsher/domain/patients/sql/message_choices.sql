-- Which SMS a patient wants: read by the patient and by what writes to them, changed by our own steps only.
ALTER TABLE patients_message_choice ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY reach ON patients_message_choice FOR SELECT USING (
    current_setting('feldsher.persons', true) = 'all'
    OR patient_id = ANY (string_to_array(NULLIF(current_setting('feldsher.patients', true), ''), ',')::uuid[]));
CREATE POLICY writes ON patients_message_choice USING (
    current_setting('feldsher.persons', true) = 'all' AND current_setting('feldsher.writes', true) = 'on');
