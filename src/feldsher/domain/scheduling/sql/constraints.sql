-- What must never be true of time, said where nobody can forget it.
CREATE EXTENSION IF NOT EXISTS btree_gist;

-- The one clock of SQL: now() is stale after a lock wait. Tests replace this function.
CREATE FUNCTION clock_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT clock_timestamp()';

-- A bound that is missing makes isfinite NULL, which a CHECK would let pass.
ALTER TABLE scheduling_appointment
    ADD CONSTRAINT appointment_visit_sane CHECK (
        NOT isempty(visit) AND lower_inc(visit) AND NOT upper_inc(visit)
        AND coalesce(isfinite(lower(visit)) AND isfinite(upper(visit)), false)),
    ADD CONSTRAINT appointment_occupied_sane CHECK (
        lower_inc(occupied) AND NOT upper_inc(occupied)
        AND coalesce(isfinite(lower(occupied)) AND isfinite(upper(occupied)), false) AND occupied @> visit),
    ADD CONSTRAINT appointment_lanes_sane CHECK (lane >= 0 AND room_lane >= 0),
    ADD CONSTRAINT appointment_hold_has_end CHECK (state <> 'held' OR hold_until IS NOT NULL),
    ADD CONSTRAINT appointment_patient_known CHECK (
        patient IS NOT NULL OR state IN ('held', 'expired', 'released') OR channel = 'mis'),
    ADD CONSTRAINT appointment_practitioner_free EXCLUDE USING gist (
        practitioner WITH =, lane WITH =, occupied WITH &&, chain WITH <>) WHERE (active),
    ADD CONSTRAINT appointment_room_free EXCLUDE USING gist (
        room WITH =, room_lane WITH =, occupied WITH &&, chain WITH <>) WHERE (active AND room IS NOT NULL),
    ADD CONSTRAINT appointment_patient_free EXCLUDE USING gist (
        patient WITH =, visit WITH &&, chain WITH <>) WHERE (active AND patient IS NOT NULL);

ALTER TABLE scheduling_offer
    ADD CONSTRAINT offer_sane CHECK (
        length > interval '0' AND step > interval '0' AND before >= interval '0' AND after >= interval '0'
        AND notice >= interval '0' AND capacity >= 1);

CREATE INDEX appointment_device ON scheduling_appointment (device) WHERE active AND device IS NOT NULL;
CREATE INDEX appointment_overdue ON scheduling_appointment (hold_until) WHERE active AND hold_until IS NOT NULL;
CREATE INDEX appointment_chain ON scheduling_appointment (chain);
-- Changes of state stay on their page, so that they need no index entries.
ALTER TABLE scheduling_appointment SET (fillfactor = 85);

CREATE FUNCTION appointment_step() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF (OLD.state, NEW.state) NOT IN (
        ('held', 'expired'), ('held', 'released'), ('held', 'booking'),
        ('booking', 'booked'), ('booking', 'rejected'), ('booking', 'unknown'),
        ('unknown', 'booked'), ('unknown', 'rejected'),
        ('booked', 'cancelling'), ('booked', 'cancelled'), ('booked', 'moved'), ('booked', 'arrived'),
        ('booked', 'noshow'), ('cancelling', 'cancelled'), ('cancelling', 'booked'),
        ('arrived', 'fulfilled'), ('arrived', 'noshow')) THEN
        RAISE EXCEPTION 'appointment % may not go from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'appointment_transition';
    END IF;
    NEW.version := OLD.version + 1;
    INSERT INTO scheduling_transition (appointment, before, after, reason, at)
        VALUES (NEW.id, OLD.state, NEW.state, NEW.reason, clock_now());
    RETURN NEW;
END $$;

CREATE TRIGGER appointment_step BEFORE UPDATE OF state ON scheduling_appointment
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION appointment_step();
