"""A stand-in of a base of 1С: its standard OData interface, and a project's HTTP service that books."""
