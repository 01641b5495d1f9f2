-- The plainest tables in which a visit can be kept without double booking. Fixed for ever.
CREATE TABLE reference_day (doctor bigint, day bigint, PRIMARY KEY (doctor, day));
CREATE TABLE reference_visit (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    doctor bigint NOT NULL,
    starts timestamptz NOT NULL,
    ends timestamptz NOT NULL,
    state text NOT NULL,
    hold_until timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE INDEX reference_visit_of ON reference_visit (doctor, starts);
INSERT INTO reference_day SELECT d, day FROM generate_series(0, 499) AS d, generate_series(0, 27) AS day;
