"""A clinic's own system that speaks the small JSON contract: the stand-in, and the sample to start from."""
