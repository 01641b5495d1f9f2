"""The WSGI application that granian serves.

What has been loaded by the time of the first request lives as long as the process. The garbage collector
would look through all of it again and again, in the middle of some reader's request: it is told not to. What
a request leaves behind is young or counted down to nothing, so that the old are looked at rarely.
"""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from feldsher.conf.logs import speak_of_accidents_safely
from feldsher.domain.figures import gateways as figures
from feldsher.foundation.access.identity import refuse_foreign_identity

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "feldsher.conf.settings")

application = get_wsgi_application()
speak_of_accidents_safely()
refuse_foreign_identity()
figures.keep_writing()

_ = get_resolver().url_patterns  # loads every view
gc.collect()
gc.freeze()
gc.set_threshold(5_000, 20, 100)
