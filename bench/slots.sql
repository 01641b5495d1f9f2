-- The database's own limit: the same query as GET /api/v1/slots of one doctor and seven days.
-- Variables: doctors, midnight (epoch of the first day).
\set doctor random(0, :doctors - 1)
SELECT practitioner, location, service, starts, ends, zone, price FROM free_slots(
    ARRAY[md5('doctor ' || :doctor::bigint)::uuid], NULL, NULL,
    to_timestamp(:midnight - 50400), to_timestamp(:midnight + 7 * 86400 + 43200), 500, interval '10 min');
