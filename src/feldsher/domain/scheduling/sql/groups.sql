-- Rows of one party are places of one group, and may stand at one time; whatever else a doctor or a room has stands
-- alone. A lane above 0 is for what a MIS did over ours, and for nothing else.
ALTER TABLE scheduling_appointment
    DROP CONSTRAINT appointment_practitioner_free,
    DROP CONSTRAINT appointment_room_free;

-- What is to come and may be a place of a group: what groups have, and what a MIS booked, which names no service.
SELECT set_config('feldsher.visits', 'all', true), set_config('feldsher.writes', 'on', true);
UPDATE scheduling_appointment a SET party = party_of(a.practitioner, a.location, a.visit)
    WHERE a.active AND upper(a.occupied) > clock_now() AND (a.channel = 'mis' OR EXISTS (
        SELECT 1 FROM scheduling_offer o WHERE o.capacity > 1 AND o.practitioner = a.practitioner
          AND o.location = a.location AND o.service = a.service));
-- A group had a lane for each of its places. One that was held over another visit keeps it: nothing is cancelled here.
UPDATE scheduling_appointment a SET lane = 0
    WHERE a.active AND a.party IS NOT NULL AND a.lane > 0 AND NOT a.mis_overlap AND NOT EXISTS (
        SELECT 1 FROM scheduling_appointment b
        WHERE b.active AND b.practitioner = a.practitioner AND b.occupied && a.occupied
          AND b.party IS DISTINCT FROM a.party);
SELECT set_config('feldsher.visits', '', true), set_config('feldsher.writes', '', true);

ALTER TABLE scheduling_appointment
    ADD CONSTRAINT appointment_practitioner_free EXCLUDE USING gist (
        practitioner WITH =, lane WITH =, occupied WITH &&, (coalesce(party, chain)) WITH <>) WHERE (active),
    ADD CONSTRAINT appointment_room_free EXCLUDE USING gist (
        room WITH =, room_lane WITH =, occupied WITH &&, (coalesce(party, chain)) WITH <>)
        WHERE (active AND room IS NOT NULL);
