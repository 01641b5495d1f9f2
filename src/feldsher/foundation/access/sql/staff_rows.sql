-- Rows about staff: within an access_context, and for who signs in and who asks who is who (staff_rows.STAFF).
ALTER TABLE access_user ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY reach ON access_user USING (current_setting('feldsher.staff', true) = 'all');

ALTER TABLE access_grant ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY reach ON access_grant USING (current_setting('feldsher.staff', true) = 'all');

ALTER TABLE access_grant_request ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY reach ON access_grant_request USING (current_setting('feldsher.staff', true) = 'all');
