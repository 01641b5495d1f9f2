"""A stand-in of SMSC.RU."""
