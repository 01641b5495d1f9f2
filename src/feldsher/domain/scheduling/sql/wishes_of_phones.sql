-- A wish without a visit is reached by its own secret too.
DROP POLICY reach ON scheduling_wish;
CREATE POLICY reach ON scheduling_wish FOR SELECT USING (
    current_setting('feldsher.visits', true) = 'all'
    OR id = NULLIF(current_setting('feldsher.visit', true), '')::uuid
    OR patient = ANY (string_to_array(NULLIF(current_setting('feldsher.patients', true), ''), ',')::uuid[])
    OR chain = (SELECT a.chain FROM scheduling_appointment a
                WHERE a.id = NULLIF(current_setting('feldsher.visit', true), '')::uuid));
