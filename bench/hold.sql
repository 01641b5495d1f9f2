-- The database's own limit: the same function as POST /api/v1/holds, with the same terms.
-- Variables: doctors, first (number of the first time), midnight (epoch), i (0). See Clinic.slot.
\set number :first + :client_id + 32 * :i
\set i :i + 1
\set doctor :number % :doctors
\set rest :number / :doctors
\set day :rest % 28
\set visit 2 + :rest / 28
\set start :midnight + :day * 86400 + 21600 + :visit * 1800 + CASE WHEN :visit >= 12 THEN 3600 ELSE 0 END
\set third :doctor % 3
SELECT code, appointment, starts, ends, until, price, zone FROM hold_slot(
    md5('doctor ' || :doctor::bigint)::uuid, md5('branch ' || :third::bigint)::uuid,
    md5('service ' || :third::bigint)::uuid, to_timestamp(:start),
    jsonb_build_object('hold', '10 min', 'fresh', '10 min', 'channel', 'api', 'device_cap', 5,
        'device', encode(sha256(('device' || :number::bigint)::bytea), 'hex'),
        'key', encode(sha256(('key' || :number::bigint)::bytea), 'hex'),
        'body', encode(sha256(('body' || :number::bigint)::bytea), 'hex')));
