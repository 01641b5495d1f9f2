-- What a patient wrote is never edited: a withdrawal or a term empties it (forgetting.py), nothing else touches it.
-- Code: whoever changes it loads it by a new migration.
CREATE OR REPLACE FUNCTION review_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a review is not deleted: it is refused with a reason, or withdrawn by its author'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state = 'withdrawn'
        -- Words that are gone are published by nobody; their author may still withdraw.
        OR (OLD.text = ''::bytea AND NEW.state IS DISTINCT FROM OLD.state AND NEW.state <> 'withdrawn')
        OR (NEW.id, NEW.practitioner, NEW.location, NEW.stars, NEW.consent_version, NEW.left_at)
            IS DISTINCT FROM
           (OLD.id, OLD.practitioner, OLD.location, OLD.stars, OLD.consent_version, OLD.left_at)
        OR ((NEW.text, NEW.name) IS DISTINCT FROM (OLD.text, OLD.name)
            AND NOT (NEW.state IN ('withdrawn', 'refused', 'forgotten')
                     AND NEW.text = ''::bytea AND NEW.name = ''::bytea))
    THEN
        RAISE EXCEPTION 'of a review only its state and the answer may change' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER review_is_the_patients BEFORE UPDATE OR DELETE ON reviews_review
    FOR EACH ROW EXECUTE FUNCTION review_guard();
