"""Django's sessions in our own table, whose class of data is said like that of any other (SESSION_ENGINE)."""

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from feldsher.foundation.access.models import Session


class SessionStore(DatabaseStore):
    """Kept in `access_session`."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session
