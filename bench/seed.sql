-- Offers and bookings of the bench's clinic (bench/clinic.py has the same numbers). Variables: doctors, first.
INSERT INTO scheduling_offer (practitioner, location, service, mis, length, before, after, step, notice,
                              horizon, capacity, is_default, zone, price)
SELECT md5('doctor ' || d)::uuid,
       md5('branch ' || mod(d, 3))::uuid,
       md5('service ' || mod(d, 3) + 3 * s)::uuid,
       'bench', interval '30 min', interval '0', interval '0', interval '30 min',
       interval '0', interval '30 days', 1, s = 0,
       (ARRAY['Europe/Moscow', 'Asia/Yekaterinburg', 'Europe/Kaliningrad'])[mod(d, 3) + 1], 2500 + 100 * mod(d, 10)
FROM generate_series(0, %(doctors)s - 1) AS d, generate_series(0, 2) AS s;

INSERT INTO scheduling_sync_status (mis, as_of, finished_at, failures, last_error, cursor)
VALUES ('bench', clock_timestamp(), clock_timestamp(), 0, '', '');

-- The first two visits of each day are booked.
INSERT INTO scheduling_appointment (id, chain, version, practitioner, location, service, lane, room_lane, visit,
    occupied, state, patient, channel, ticket, mis_overlap, reason, price)
SELECT v.id, v.id, 1, md5('doctor ' || v.d)::uuid,
       md5('branch ' || mod(v.d, 3))::uuid,
       md5('service ' || mod(v.d, 3))::uuid,
       0, 0, tstzrange(v.start, v.start + interval '30 min'), tstzrange(v.start, v.start + interval '30 min'),
       'booked', gen_random_uuid(), 'site', '', false, '', 2500
FROM (
    SELECT gen_random_uuid() AS id, d,
           (%(first)s::date + day)::timestamp AT TIME ZONE 'UTC' + interval '6 hours' + n * interval '30 min' AS start
    FROM generate_series(0, %(doctors)s - 1) AS d, generate_series(0, 27) AS day, generate_series(0, 1) AS n
) v;
