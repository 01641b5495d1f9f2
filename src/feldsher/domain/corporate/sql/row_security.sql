-- Who reaches what a company typed (class K of the matrix), and who may change it. FORCE: the owner of the table
-- is no exception. The settings are those of an access_context; outside of one there are no rows.
ALTER TABLE corporate_request ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY reach ON corporate_request FOR SELECT USING (current_setting('feldsher.persons', true) = 'all');
CREATE POLICY writes ON corporate_request USING (
    current_setting('feldsher.persons', true) = 'all' AND current_setting('feldsher.writes', true) = 'on');
