"""Sets Django up, before anything else of the checker is imported in a process of its own."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings_of_tests")
django.setup()
