"""CommerceML 2.x, in which 1С exports goods, prices and orders."""

from feldsher.integrations.commerceml.reader import read

__all__ = ["read"]
