-- The journal: rows are added and read, and that is all. Rights are narrowed from the defaults of all tables;
-- the trigger refuses whoever has more of them, the owner too. Who may switch it off is found by the tree.
-- Ids come from the sequence whatever was given: with two rows of one id, or one of a row to come, anybody who
-- may insert could stop the tree. The instant is the word of who writes, as the rest of the row, within what
-- a calendar of Python can read: `infinity` would stop the tree, too.

CREATE SEQUENCE audit_access_id AS bigint;

CREATE TABLE audit_access (
    id bigint NOT NULL,
    at timestamptz NOT NULL CHECK (at >= '2000-01-01 00:00+00' AND at < '2200-01-01 00:00+00'),
    trace text NOT NULL,
    actor_kind text NOT NULL CHECK (actor_kind IN ('staff', 'patient', 'holder', 'service', 'anonymous')),
    actor text NOT NULL,
    role text NOT NULL,
    on_behalf uuid,
    device text NOT NULL,
    network text NOT NULL,
    matrix_column text NOT NULL,
    what text NOT NULL,
    patients uuid[] NOT NULL,
    ids uuid[] NOT NULL,
    fields text[] NOT NULL,
    row_count integer NOT NULL CHECK (row_count >= 0),
    purpose text NOT NULL,
    relation text NOT NULL,
    result text NOT NULL CHECK (result IN ('allowed', 'refused')),
    reason text NOT NULL,
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);

CREATE INDEX audit_access_actor ON audit_access (actor, id);
CREATE INDEX audit_access_trace ON audit_access (trace);
CREATE INDEX audit_access_patients ON audit_access USING gin (patients);

CREATE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS
$$
BEGIN
    RAISE EXCEPTION 'the journal of access is not changed: % of %', lower(TG_OP), TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER audit_access_is_kept BEFORE UPDATE OR DELETE ON audit_access
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();

CREATE FUNCTION audit_number() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS
$$
BEGIN
    NEW.id := nextval('public.audit_access_id');
    RETURN NEW;
END
$$;

CREATE TRIGGER audit_access_is_numbered BEFORE INSERT ON audit_access
    FOR EACH ROW EXECUTE FUNCTION audit_number();

-- Take rights away from everybody but the owner; default privileges gave them.
CREATE FUNCTION audit_narrow(p_table regclass, p_rights text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS
$$
DECLARE
    v_grantee text;
BEGIN
    FOR v_grantee IN
        SELECT DISTINCT CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE g.grantee::regrole::text END
        FROM pg_class c, aclexplode(c.relacl) g
        WHERE c.oid = p_table AND g.grantee <> c.relowner
    LOOP
        EXECUTE format('REVOKE %s ON %s FROM %s', p_rights, p_table, v_grantee);
    END LOOP;
END
$$;

-- Make the partition of a month, unless it is there; false where rows of that month lie in the default one
-- already, so that it can't be made. A partition is reached by its parent only.
CREATE FUNCTION audit_make_month(p_day date) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET lock_timeout = '2s' AS
$$
DECLARE
    v_first date := date_trunc('month', p_day);
    v_name text := 'audit_access_' || to_char(v_first, 'YYYY_MM');
BEGIN
    IF p_day NOT BETWEEN current_date - 366 AND current_date + 366 THEN
        RAISE EXCEPTION 'no partition is made so far from now: %', p_day;
    END IF;
    IF to_regclass('public.' || v_name) IS NOT NULL THEN
        RETURN true;
    END IF;
    EXECUTE format(
        'CREATE TABLE public.%I PARTITION OF public.audit_access FOR VALUES FROM (%L) TO (%L)',
        v_name,
        v_first::timestamp AT TIME ZONE 'UTC',
        (v_first + interval '1 month')::timestamp AT TIME ZONE 'UTC'
    );
    PERFORM public.audit_narrow(('public.' || v_name)::regclass, 'ALL');
    RETURN true;
EXCEPTION
    WHEN check_violation THEN
        RETURN false;
END
$$;

CREATE TABLE audit_access_default PARTITION OF audit_access DEFAULT;

SELECT audit_narrow('audit_access', 'UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER');
SELECT audit_narrow('audit_access_default', 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER');
SELECT audit_make_month((current_date + make_interval(months => n))::date) FROM generate_series(0, 2) n;

-- Leave a function to the owner alone: whoever may call one that writes as the owner may also hang it as a
-- trigger on a table of their own.
CREATE FUNCTION audit_close(p_function regproc) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS
$$
DECLARE
    v_grantee text;
BEGIN
    FOR v_grantee IN
        SELECT DISTINCT CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE g.grantee::regrole::text END
        FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) g
        WHERE p.oid = p_function AND g.grantee <> p.proowner
    LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM %s', p_function, v_grantee);
    END LOOP;
END
$$;

-- The application may make months ahead, and that is all.
SELECT audit_narrow('audit_access_id', 'ALL');
SELECT audit_close('audit_number');
SELECT audit_close('audit_narrow');
SELECT audit_close('audit_close');
