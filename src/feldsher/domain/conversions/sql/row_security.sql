-- Which hold a catalogue led to is of single visits: reached in a context only, like the visits themselves.
ALTER TABLE conversions_conversion ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY reach ON conversions_conversion FOR SELECT USING (
    current_setting('feldsher.visits', true) = 'all');
CREATE POLICY writes ON conversions_conversion USING (
    current_setting('feldsher.visits', true) = 'all'
    AND current_setting('feldsher.writes', true) = 'on');
