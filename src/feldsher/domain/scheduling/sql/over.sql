-- A visit over another is staff's word, whoever writes the row.
ALTER TABLE scheduling_appointment
    DROP CONSTRAINT IF EXISTS appointment_over_by_staff,
    ADD CONSTRAINT appointment_over_by_staff CHECK (over_why = '' OR channel = 'desk');
