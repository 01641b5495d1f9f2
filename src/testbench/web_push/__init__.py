"""A stand-in of a browser's push service and of the browser behind it (RFC 8030, 8188, 8291, 8292)."""
