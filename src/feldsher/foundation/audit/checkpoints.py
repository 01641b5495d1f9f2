"""Signs how far the tree has come and tells a second place, so that no end is cut off unseen."""

import logging
from urllib.parse import urlsplit

from django.conf import settings

from feldsher.foundation.audit import notes, sinks, tree
from feldsher.foundation.audit.errors import SinkError
from feldsher.foundation.audit.keys import signing_key
from feldsher.foundation.audit.models import Checkpoint
from feldsher.kernel import clock

AT_ONCE = 500
"""How many are sent in one go, when a second place comes back."""
_log = logging.getLogger(__name__)


def checkpoint() -> None:
    """Bring the tree up to date, sign it, and send all that the second place lacks, oldest first."""
    tree.grow()
    key = signing_key()
    if key is None:
        _log.error("audit: no checkpoint is signed: FELDSHER_AUDIT_KEY is not set")
        return
    now, head = clock.now(), tree.head()
    note = notes.sign(key, origin=origin(), size=head.size, root=head.root, at=now)
    Checkpoint.objects.create(at=now, size=head.size, note=note)
    _send()


def origin() -> str:
    """Return the name of this journal in its notes: the site's host, so that one place can keep several."""
    return f"{urlsplit(settings.SITE_URL).netloc or 'feldsher'}/audit"


def _send() -> None:
    try:
        for row in Checkpoint.objects.filter(sent_at=None).order_by("id")[:AT_ONCE]:
            sinks.checkpoints().send(row.note)
            Checkpoint.objects.filter(id=row.id).update(sent_at=clock.now())
    except SinkError as error:
        _log.error("audit: checkpoints do not reach their second place: %s", error.detail)
