-- A table of the mirror's shape for the bare script. Fixed for ever.
CREATE TABLE sync_reference (
    practitioner uuid, day date, location uuid, room uuid, free tstzmultirange, busy tstzmultirange,
    ticket_ids text[], ticket_starts timestamptz[], ticket_ends timestamptz[], digest bytea,
    PRIMARY KEY (practitioner, day, location, room));
