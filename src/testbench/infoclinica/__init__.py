"""A stand-in of ИНФОКЛИНИКА's XML gateway, read from the contract alone (docs/modules/testbench.md)."""
