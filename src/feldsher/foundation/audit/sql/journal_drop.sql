DROP TABLE audit_access;
DROP FUNCTION audit_make_month, audit_narrow, audit_close, audit_number, audit_refuse_change;
DROP SEQUENCE audit_access_id;
