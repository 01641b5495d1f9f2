"""Web Push: RFC 8030 to a browser's push service, with RFC 8291 for the browser and RFC 8292 for the service.

`build` makes the sender; `conf/composition.py` calls it. Told in docs/integrations/web_push.md.
"""

from feldsher.integrations.push.sender import WebPush, build
from feldsher.integrations.push.vapid import new_private_key

__all__ = ["WebPush", "build", "new_private_key"]
