-- The role that owns the SECURITY DEFINER functions; nobody can log in as it. The supervisor, or the operator, has
-- made it before; here it is made by whoever migrates without them.
DO $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'feldsher_definer') THEN
        BEGIN
            CREATE ROLE feldsher_definer NOLOGIN;
        EXCEPTION WHEN insufficient_privilege THEN
            RAISE EXCEPTION 'The role feldsher_definer is missing and % may not create roles', current_user
                USING HINT = 'As a superuser: CREATE ROLE feldsher_definer NOLOGIN; '
                    || format('GRANT feldsher_definer TO %I;', current_user);
        END;
        EXECUTE format('GRANT feldsher_definer TO %I', current_user);
    END IF;
    EXECUTE 'GRANT USAGE, CREATE ON SCHEMA public TO feldsher_definer';
END $$;
