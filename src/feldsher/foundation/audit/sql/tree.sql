-- What waits for its place in the tree: a row enters the queue in the commit that writes it, however late that
-- is, so that no order of ids or instants can pass one over. Nothing else enters it: a row of the tree queued
-- a second time would stop it.

CREATE FUNCTION audit_queue_up() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS
$$
BEGIN
    INSERT INTO public.audit_queue (id, at) VALUES (NEW.id, NEW.at);
    RETURN NULL;
END
$$;

CREATE TRIGGER audit_access_is_queued AFTER INSERT ON audit_access
    FOR EACH ROW EXECUTE FUNCTION audit_queue_up();

CREATE TRIGGER audit_leaf_is_kept BEFORE UPDATE OR DELETE ON audit_leaf
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_root_is_kept BEFORE DELETE ON audit_root
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_root_grows BEFORE UPDATE ON audit_root
    FOR EACH ROW WHEN (NEW.size <= OLD.size) EXECUTE FUNCTION audit_refuse_change();
CREATE UNIQUE INDEX audit_root_one ON audit_root ((true));
CREATE TRIGGER audit_checkpoint_is_kept BEFORE DELETE OR UPDATE OF id, at, size, note ON audit_checkpoint
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();

INSERT INTO audit_queue (id, at) SELECT id, at FROM audit_access;

SELECT audit_narrow('audit_queue', 'INSERT, UPDATE, TRUNCATE, REFERENCES, TRIGGER');
SELECT audit_narrow('audit_leaf', 'UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER');
SELECT audit_narrow('audit_root', 'DELETE, TRUNCATE, REFERENCES, TRIGGER');
SELECT audit_narrow('audit_checkpoint', 'DELETE, TRUNCATE, REFERENCES, TRIGGER');
SELECT audit_close('audit_queue_up');
