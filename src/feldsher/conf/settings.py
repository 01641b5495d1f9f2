"""Django settings: all that differs between machines comes from the environment, and nothing else does.

`DATABASE_URL` is the application role, which owns nothing; `DATABASE_OWNER_URL` is for migrations and is used
only when `FELDSHER_AS_OWNER=1`.
"""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from feldsher.conf.environment import (
    alarm_settings,
    archived_months,
    booking_settings,
    database_from_url,
    exchange_settings,
    flag,
    limit_settings,
    listed,
    metrics_token,
    mis_from_json,
    origin_of,
    owner_phone,
    page_cache_bytes,
    required_secret,
    smtp_settings,
    staff_mfa,
    trusted_proxies,
)
from feldsher.conf.kinds import modules_on
from feldsher.conf.push import push_settings
from feldsher.conf.sms import sms_settings
from feldsher.conf.worker import traced
from feldsher.conf.yandex import yandex_report_settings

BASE_DIR = Path(__file__).resolve().parents[1]

DEBUG = False
DEMO = flag("FELDSHER_DEMO")
SECRET_KEY = required_secret("FELDSHER_SECRET")
VAULT_KEYS = os.environ.get("FELDSHER_VAULT_KEYS", "")
ALLOWED_HOSTS = os.environ.get("FELDSHER_HOSTS", "127.0.0.1,localhost,[::1],testserver").split(",")
SITE_URL = os.environ.get("FELDSHER_SITE_URL", "")
FELDSHER_FEEDS_PATH = os.environ.get("FELDSHER_FEEDS_PATH", "")

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.staticfiles",
    "procrastinate.contrib.django",
    "taggit",
    "modelcluster",
    "wagtail",
    "wagtail.search",
    "wagtail.images",
    "wagtail.admin",
    "feldsher.domain.editorial.profiles.ProfilesConfig",
    "feldsher.foundation.audit",
    "feldsher.foundation.access",
    "feldsher.foundation.vault",
    "feldsher.foundation.freshness",
    "feldsher.foundation.watch",
    "feldsher.foundation.emergency",
    "feldsher.foundation.messaging",
    "feldsher.foundation.alarms",
    "feldsher.domain.search",
    "feldsher.domain.directory",
    "feldsher.domain.patients",
    "feldsher.domain.roster",
    "feldsher.domain.checkups",
    "feldsher.domain.corporate",
    "feldsher.domain.passport",
    "feldsher.domain.scheduling",
    "feldsher.domain.records",
    "feldsher.domain.reviews",
    "feldsher.domain.accounting",
    "feldsher.domain.figures",
    "feldsher.domain.conversions",
    "feldsher.domain.editorial",
    "feldsher.channels.frontend",
    "feldsher.channels.api",
    "feldsher.channels.site",
    "feldsher.channels.cabinet",
    "feldsher.channels.desk",
    "feldsher.channels.exchange",
    "feldsher.conf",
]

AUTH_USER_MODEL = "access.User"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]

MIDDLEWARE = [
    "feldsher.conf.middleware.TraceMiddleware",
    "feldsher.conf.middleware.SecurityHeadersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "feldsher.conf.middleware.CallerMiddleware",
    "feldsher.conf.middleware.ContextMiddleware",
    "feldsher.conf.middleware.PageGZipMiddleware",
    "feldsher.conf.middleware.RateLimitMiddleware",
    "django.middleware.common.CommonMiddleware",
    "feldsher.conf.middleware.DeskSessionMiddleware",
    "feldsher.conf.middleware.SiteCsrfMiddleware",
]

ROOT_URLCONF = "feldsher.conf.urls"
WSGI_APPLICATION = "feldsher.conf.wsgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "feldsher.channels.desk.editorial.of_wagtail",
            ]
        },
    }
]

FELDSHER_DEFAULT_ZONE = os.environ.get("FELDSHER_DEFAULT_ZONE", "")
FELDSHER_AS_OWNER = flag("FELDSHER_AS_OWNER")
DATABASES = {"default": database_from_url()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "ru"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = os.environ.get("FELDSHER_STATIC_ROOT")
WHITENOISE_USE_FINDERS = True
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/dist/[\w-]+-[A-Z0-9]{8}\.\w+$"

STORAGES = {
    "default": {"BACKEND": "feldsher.domain.editorial.files.DatabaseStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 65_536
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
FILE_UPLOAD_HANDLERS = ["feldsher.conf.uploads.SmallFileHandler"]

CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = SITE_URL.startswith("https:")
CSRF_COOKIE_NAME = "__Host-csrftoken" if CSRF_COOKIE_SECURE else "csrftoken"
CSRF_TRUSTED_ORIGINS = [origin_of(SITE_URL)] if CSRF_COOKIE_SECURE else []
SESSION_ENGINE = "feldsher.foundation.access.sessions"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE
# A browser takes a cookie of this prefix only over https, for "/" and from no other host of the domain.
SESSION_COOKIE_NAME = "__Host-desk" if SESSION_COOKIE_SECURE else "desk"
SESSION_COOKIE_PATH = "/" if SESSION_COOKIE_SECURE else "/desk/"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
KNOWN_BROWSER_COOKIE_NAME = "__Host-desk-known" if SESSION_COOKIE_SECURE else "desk-known"
STAFF_MFA = staff_mfa()
OWNER_PHONE = owner_phone()
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

# W042: keys of libraries. wagtailadmin.W003: where no site's address is set, as in a demo, none is needed.
SILENCED_SYSTEM_CHECKS = ["models.W042", "wagtailadmin.W003"]

WAGTAIL_SITE_NAME = "Материалы"
WAGTAILADMIN_BASE_URL = SITE_URL or None
WAGTAIL_ENABLE_UPDATE_CHECK = False  # asks a host of its own
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_AUTOSAVE_INTERVAL = 0  # a revision is what a doctor reads: it is never written over
WAGTAIL_WORKFLOW_ENABLED = False  # a doctor approves on a page of the desk
WAGTAILADMIN_COMMENTS_ENABLED = False
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAIL_PASSWORD_RESET_ENABLED = False
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAIL_ALLOW_UNICODE_SLUGS = False
WAGTAILADMIN_PERMITTED_LANGUAGES = [("ru", "Русский")]
WAGTAIL_USER_TIME_ZONES = [FELDSHER_DEFAULT_ZONE or "Europe/Moscow"]
WAGTAILIMAGES_EXTENSIONS = ["jpg", "jpeg", "png", "webp", "avif"]
WAGTAILIMAGES_MAX_UPLOAD_SIZE = 8 * 1024 * 1024
WAGTAILIMAGES_MAX_IMAGE_PIXELS = 40_000_000

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
PROCRASTINATE_WORKER_DEFAULTS = {
    "update_heartbeat_interval": 3.0,
    "stalled_worker_timeout": 12.0,
    "delete_jobs": "successful",  # tens of thousands a day; what failed is kept to be looked at
    "worker_middleware": [traced],
}

FELDSHER_MODULES = modules_on()
FELDSHER_MIS = mis_from_json()
FELDSHER_BOOKING = booking_settings()
FELDSHER_SMS = sms_settings()
FELDSHER_PUSH = push_settings()
FELDSHER_YANDEX_REPORTS = yandex_report_settings()
FELDSHER_EXCHANGE = exchange_settings()
FELDSHER_ALARMS = alarm_settings()
FELDSHER_SMTP = smtp_settings()
if FELDSHER_ALARMS.email and not FELDSHER_SMTP.host:
    raise ImproperlyConfigured("FELDSHER_ALARMS names addresses of letters, and FELDSHER_SMTP no server.")
EMAIL_BACKEND = "feldsher.foundation.egress.smtp.RegisteredBackend"
EMAIL_HOST, EMAIL_PORT = FELDSHER_SMTP.host, FELDSHER_SMTP.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = FELDSHER_SMTP.user, FELDSHER_SMTP.password
EMAIL_USE_SSL, EMAIL_USE_TLS = FELDSHER_SMTP.security == "tls", FELDSHER_SMTP.security == "starttls"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = FELDSHER_SMTP.sender
FELDSHER_AUDIT_KEY = os.environ.get("FELDSHER_AUDIT_KEY", "")
FELDSHER_AUDIT_SINK = os.environ.get("FELDSHER_AUDIT_SINK", "")
FELDSHER_AUDIT_LINES = os.environ.get("FELDSHER_AUDIT_LINES", "")
FELDSHER_PGAUDIT_LOG = os.environ.get("FELDSHER_PGAUDIT_LOG", "")
FELDSHER_PGAUDIT_SPARE = listed("FELDSHER_PGAUDIT_SPARE")
FELDSHER_AUDIT_ARCHIVED = archived_months()
FELDSHER_INTERNAL_HOSTS = tuple(map(str.lower, listed("FELDSHER_INTERNAL_HOSTS")))
FELDSHER_TRUSTED_PROXIES = trusted_proxies()
FELDSHER_METRICS_TOKEN = metrics_token()
FELDSHER_LIMITS = limit_settings()
FELDSHER_WORKERS = int(os.environ.get("FELDSHER_WORKERS", "1"))
FELDSHER_PAGE_CACHE = page_cache_bytes()
FELDSHER_SEARCH_SYNONYMS = os.environ.get("FELDSHER_SEARCH_SYNONYMS", "")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "feldsher.conf.logs.LineFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("FELDSHER_LOG_LEVEL", "INFO")},
    "loggers": {
        "django.db": {"level": "WARNING"},  # below it: statements with their values
        "httpx": {"level": "WARNING"},
        "httpcore": {"level": "WARNING"},
        "procrastinate": {"level": "WARNING"},
        "fontTools": {"level": "WARNING"},
        "fpdf": {"level": "WARNING"},
        "pymorphy3": {"level": "WARNING"},
        "wagtail": {"level": "WARNING"},
        "django_tasks": {"level": "WARNING"},
    },
}
