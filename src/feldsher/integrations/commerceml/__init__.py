"""CommerceML 2.x, in which 1С exports goods and prices, takes orders and says what became of them."""

from feldsher.integrations.commerceml.reader import read
from feldsher.integrations.commerceml.words import read_words
from feldsher.integrations.commerceml.writer import write_documents

__all__ = ["read", "read_words", "write_documents"]
