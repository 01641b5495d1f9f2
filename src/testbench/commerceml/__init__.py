"""1С as a client of CommerceML: an invented price list, orders, and the exchange that carries them."""
