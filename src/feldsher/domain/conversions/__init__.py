"""Bookings of which the catalogue hears that led the patient here, by the patient's own word (ADR 39)."""
