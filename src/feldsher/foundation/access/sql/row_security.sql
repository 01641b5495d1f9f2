-- Row security of relations: a member of staff sees their own and their department's, our own machinery all.
-- The settings are those of an access_context; none of them outside of one, and so no rows.
ALTER TABLE access_care_relation ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY reach ON access_care_relation FOR SELECT USING (
    current_setting('feldsher.visits', true) = 'all'
    OR practitioner = NULLIF(current_setting('feldsher.care_of', true), '')::uuid
    OR department = NULLIF(current_setting('feldsher.department', true), '')::uuid);
CREATE POLICY writes ON access_care_relation USING (
    current_setting('feldsher.visits', true) = 'all' AND current_setting('feldsher.writes', true) = 'on');

-- clock_now() comes with scheduling, later than this.
SET LOCAL check_function_bodies = off;

-- The patients who are in the care of whoever the context serves, at this moment and by the kind of relation that
-- their role rests on.
CREATE FUNCTION in_care() RETURNS SETOF uuid LANGUAGE sql STABLE AS $$
    SELECT c.patient FROM access_care_relation c
    WHERE c.period @> clock_now()
      AND c.kind = current_setting('feldsher.care_kind', true)
      AND (c.practitioner = NULLIF(current_setting('feldsher.care_of', true), '')::uuid
           OR c.department = NULLIF(current_setting('feldsher.department', true), '')::uuid)
$$;
GRANT EXECUTE ON FUNCTION in_care TO PUBLIC;
