"""A stand-in of SMS.RU, the sender of SMS (contracts, §C1)."""
