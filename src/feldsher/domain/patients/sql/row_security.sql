-- Who reaches whom (class K of the matrix), and who may change it. FORCE: the owner of the tables is no exception.
-- The settings are those of an access_context; outside of one there are no rows.
ALTER TABLE patients_patient ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY reach ON patients_patient FOR SELECT USING (
    current_setting('feldsher.persons', true) = 'all'
    OR id = ANY (string_to_array(NULLIF(current_setting('feldsher.patients', true), ''), ',')::uuid[])
    OR (current_setting('feldsher.persons', true) = 'care' AND id IN (SELECT in_care())));
CREATE POLICY writes ON patients_patient USING (
    current_setting('feldsher.persons', true) = 'all' AND current_setting('feldsher.writes', true) = 'on');

ALTER TABLE patients_related_person ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY reach ON patients_related_person FOR SELECT USING (
    current_setting('feldsher.persons', true) = 'all'
    OR patient_id = ANY (string_to_array(NULLIF(current_setting('feldsher.patients', true), ''), ',')::uuid[])
    OR (current_setting('feldsher.persons', true) = 'care' AND patient_id IN (SELECT in_care())));
CREATE POLICY writes ON patients_related_person USING (
    current_setting('feldsher.persons', true) = 'all' AND current_setting('feldsher.writes', true) = 'on');

ALTER TABLE patients_consent ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY reach ON patients_consent FOR SELECT USING (
    current_setting('feldsher.persons', true) = 'all'
    OR patient_id = ANY (string_to_array(NULLIF(current_setting('feldsher.patients', true), ''), ',')::uuid[])
    OR (current_setting('feldsher.persons', true) = 'care' AND patient_id IN (SELECT in_care())));
CREATE POLICY writes ON patients_consent USING (
    current_setting('feldsher.persons', true) = 'all' AND current_setting('feldsher.writes', true) = 'on');

-- Whom a device remembers is nobody's business but our own machinery's.
ALTER TABLE patients_remembered ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY writes ON patients_remembered USING (
    current_setting('feldsher.persons', true) = 'all' AND current_setting('feldsher.writes', true) = 'on');
