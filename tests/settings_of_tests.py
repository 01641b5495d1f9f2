"""The product's settings with invented secrets; the database is put in place by tests/conftest.py."""

import os

os.environ.setdefault("FELDSHER_SECRET", "tests-only-" * 4)

from feldsher.conf.settings import *  # noqa: F403 - the secret must be there before

PASSWORD_HASHERS = ["support.hashers.QuickArgon2"]
STAFF_MFA = "optional"
FELDSHER_PAGE_CACHE = 0  # a page of one test is never another's; tests of the cache switch it on
