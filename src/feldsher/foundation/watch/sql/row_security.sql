-- What the watch counts of staff is its own jobs'; alerts are read and settled by who reads the journal (column J).
-- FORCE: the owner of the tables is no exception.
ALTER TABLE watch_hour ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY writes ON watch_hour USING (
    current_setting('feldsher.journal', true) = 'all' AND current_setting('feldsher.writes', true) = 'on');

ALTER TABLE watch_habit ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY writes ON watch_habit USING (
    current_setting('feldsher.journal', true) = 'all' AND current_setting('feldsher.writes', true) = 'on');

ALTER TABLE watch_alert ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY reach ON watch_alert USING (current_setting('feldsher.journal', true) = 'all');
