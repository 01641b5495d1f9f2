-- A hold is renewed at most once, only while it lives, and never in silence: whoever adds to its time says when.
CREATE FUNCTION appointment_renewal() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF OLD.renewed_at IS NOT NULL OR NEW.renewed_at IS NULL OR OLD.state <> 'held' OR NEW.state <> 'held'
       OR OLD.hold_until <= clock_now() THEN
        RAISE EXCEPTION 'hold % may not be renewed', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'appointment_renewed_once';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER appointment_renewal BEFORE UPDATE OF hold_until, renewed_at ON scheduling_appointment
    FOR EACH ROW WHEN (NEW.hold_until > OLD.hold_until OR NEW.renewed_at IS DISTINCT FROM OLD.renewed_at)
    EXECUTE FUNCTION appointment_renewal();

-- What a device has booked and what is over by now: the rest is found by the index of live rows. A hold that
-- nobody confirmed never enters it.
CREATE INDEX appointment_device_over ON scheduling_appointment (device, created_at)
    WHERE NOT active AND device IS NOT NULL AND patient IS NOT NULL;
