-- Who reads which emergency access (column J of the matrix): all of them, those of the reader's department, or
-- those about patients in reach. FORCE: the owner of the table is no exception.
ALTER TABLE emergency_glass ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY reach ON emergency_glass FOR SELECT USING (
    current_setting('feldsher.journal', true) = 'all'
    OR (current_setting('feldsher.journal', true) = 'care'
        AND department = NULLIF(current_setting('feldsher.department', true), '')::uuid));
CREATE POLICY writes ON emergency_glass USING (
    current_setting('feldsher.journal', true) = 'all' AND current_setting('feldsher.writes', true) = 'on');

-- What was said at opening is what is judged later, and a judgement stands.
CREATE FUNCTION emergency_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'an emergency access is not deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    IF (OLD.reviewed_at IS NOT NULL
            AND (NEW.judgement, NEW.reviewed_by, NEW.reviewed_at, NEW.note)
            IS DISTINCT FROM (OLD.judgement, OLD.reviewed_by, OLD.reviewed_at, OLD.note))
        OR (OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at)
        OR (NEW.id, NEW.opened_by, NEW.department, NEW.patient, NEW.reason, NEW.words, NEW.opened_at, NEW.until,
            NEW.review_by)
        IS DISTINCT FROM
           (OLD.id, OLD.opened_by, OLD.department, OLD.patient, OLD.reason, OLD.words, OLD.opened_at, OLD.until,
            OLD.review_by)
    THEN
        RAISE EXCEPTION 'of an emergency access only its end and its review may be added'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER emergency_glass_is_final BEFORE UPDATE OR DELETE ON emergency_glass
    FOR EACH ROW EXECUTE FUNCTION emergency_guard();
