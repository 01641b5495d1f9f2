DROP TRIGGER audit_access_is_queued ON audit_access;
DROP FUNCTION audit_queue_up;
