from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "feldsher.channels.site"
    label = "site"
