-- What tells which doctors of two MISes are one person: for import and merge alone (snils.SNILS).
ALTER TABLE directory_practitioner_snils ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY reach ON directory_practitioner_snils USING (current_setting('feldsher.snils', true) = 'all');
