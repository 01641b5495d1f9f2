-- What 1С says of orders may name buyers of its other orders: parts of files are personal while they are kept.
ALTER TABLE exchange_piece ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY reach ON exchange_piece USING (
    current_setting('feldsher.persons', true) = 'all' AND current_setting('feldsher.writes', true) = 'on');
