-- How a transaction script holds a time: lock, check, insert, commit. Fixed for ever, whatever hold_slot becomes.
-- Variables: doctors, first (number of the first time), midnight (epoch), i (0).
\set number :first + :client_id + 32 * :i
\set i :i + 1
\set doctor :number % :doctors
\set rest :number / :doctors
\set day :rest % 28
\set start :midnight + :day * 86400 + 21600 + (:rest / 28) * 1800
BEGIN;
SELECT 1 FROM reference_day WHERE doctor = :doctor AND day = :day FOR UPDATE;
SELECT count(*) FROM reference_visit WHERE doctor = :doctor AND state = 'held'
    AND starts < to_timestamp(:start + 1800) AND ends > to_timestamp(:start);
INSERT INTO reference_visit (doctor, starts, ends, state, hold_until)
    VALUES (:doctor, to_timestamp(:start), to_timestamp(:start + 1800), 'held', clock_timestamp() + interval '10 min')
    RETURNING id;
COMMIT;
