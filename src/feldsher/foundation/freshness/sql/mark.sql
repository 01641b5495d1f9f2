-- Marks what the changed rows of a statement stand for. Arguments: kind, column, ignored columns ('{a,b}').
--
-- An UPDATE marks old and new value of rows that differ in a column that is not ignored. Tags are written in
-- their order, so that two writers of a kind wait for each other and never in a circle.
ALTER TABLE freshness_mark ADD COLUMN changed_by xid8 NOT NULL;

CREATE FUNCTION freshness_mark() RETURNS trigger LANGUAGE plpgsql AS $function$
DECLARE
    changed text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        changed := format('SELECT %I::text AS value FROM new_rows', TG_ARGV[1]);
    ELSIF TG_OP = 'DELETE' THEN
        changed := format('SELECT %I::text AS value FROM old_rows', TG_ARGV[1]);
    ELSE
        changed := format($sql$
            SELECT told ->> %1$L AS value FROM (
                (SELECT to_jsonb(o) - %2$L::text[] AS told FROM old_rows o
                 EXCEPT SELECT to_jsonb(n) - %2$L::text[] FROM new_rows n)
                UNION ALL
                (SELECT to_jsonb(n) - %2$L::text[] FROM new_rows n
                 EXCEPT SELECT to_jsonb(o) - %2$L::text[] FROM old_rows o)
            ) AS difference
        $sql$, TG_ARGV[1], TG_ARGV[2]);
    END IF;
    EXECUTE format($sql$
        WITH changed AS MATERIALIZED (%2$s), tags AS (
            SELECT %1$L || ':' || coalesce(value, '') AS tag FROM changed
            UNION SELECT %1$L FROM changed
        )
        INSERT INTO freshness_mark AS known (tag, changed_by)
        SELECT tag, pg_current_xact_id() FROM tags ORDER BY tag
        ON CONFLICT (tag) DO UPDATE SET changed_by = EXCLUDED.changed_by
        WHERE known.changed_by <> EXCLUDED.changed_by
    $sql$, TG_ARGV[0], changed);
    RETURN NULL;
END;
$function$;
