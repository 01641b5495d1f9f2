"""Django asks each kept connection `SELECT 1` before a request uses it: as dear as a read of the hot path.

A server that went away has closed its end, and the kernel knows: an idle connection on which nothing can be
read is alive. Whatever can be read (the end of the stream, a notice) is left to Django's own question.
"""

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """As Django's; only the check of an idle, healthy connection differs."""

    def is_usable(self) -> bool:
        if self.connection is not None and not self.errors_occurred and not self.connection.closed:
            quiet = select.poll()
            quiet.register(self.connection.fileno(), select.POLLIN)
            if not quiet.poll(0):
                return True
        return super().is_usable()
