-- The shared meaning of "this start is offered". hold_slot and free_slots both use these and nothing else.

-- A start is aligned when it lies a whole number of steps after the doctor began to work.
CREATE FUNCTION start_aligned(start timestamptz, step interval, anchor timestamptz) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT date_bin(step, start, anchor) = start $$;

-- The first aligned start at or after an instant, which is not before the anchor.
CREATE FUNCTION align_up(start timestamptz, step interval, anchor timestamptz) RETURNS timestamptz
    LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT date_bin(step, start + step - interval '1 microsecond', anchor)
$$;

-- Rows that take time: an overdue hold no longer does.
CREATE FUNCTION takes_time(state text, hold_until timestamptz, at timestamptz) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT state <> 'held' OR hold_until > at $$;
