"""Second places for what the journal of access says: a file on another mount, an address, a syslog.

`checkpoint_sink` and `line_sink` make one from its URL; `conf/composition.py` calls it. Told in
docs/integrations/witness.md.
"""

from feldsher.integrations.witness.build import checkpoint_sink, line_sink

__all__ = ["checkpoint_sink", "line_sink"]
