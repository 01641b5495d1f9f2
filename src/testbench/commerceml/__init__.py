"""1С as a client of CommerceML: an invented price list, and the exchange that carries it to a site."""
