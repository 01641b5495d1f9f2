"""Second places for what the journal of access says: a file on another mount, or an address that takes notes.

`checkpoint_sink` makes one from its URL; `conf/composition.py` calls it. Told in
docs/integrations/witness.md.
"""

from feldsher.integrations.witness.build import checkpoint_sink

__all__ = ["checkpoint_sink"]
