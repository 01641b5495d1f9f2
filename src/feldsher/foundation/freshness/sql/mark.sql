-- Marks what the changed rows of a statement stand for. Arguments: kind, column, ignored columns ('{a,b}').
--
-- An UPDATE marks old and new value of rows that differ in a column that is not ignored. A transaction adds
-- marks of its own and waits for nobody: rows that it shares with another writer would make two of them wait
-- in a circle, and would hold an editor for as long as a sync runs. Older marks of the same names are taken
-- away, but for those that another writer is taking away: whoever does not see an older transaction does not
-- see this one either.
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
        WITH changed AS MATERIALIZED (%2$s), added AS (
            INSERT INTO freshness_mark (tag, changed_by)
            SELECT told.tag, pg_current_xact_id() FROM (
                SELECT %1$L || ':' || coalesce(value, '') FROM changed UNION SELECT %1$L FROM changed
            ) AS told (tag)
            ON CONFLICT DO NOTHING
            RETURNING tag
        ), older AS MATERIALIZED (
            SELECT known.tag, known.changed_by FROM freshness_mark known JOIN added USING (tag)
            FOR UPDATE OF known SKIP LOCKED
        )
        DELETE FROM freshness_mark known USING older
        WHERE (known.tag, known.changed_by) = (older.tag, older.changed_by)
    $sql$, TG_ARGV[0], changed);
    RETURN NULL;
END;
$function$;
