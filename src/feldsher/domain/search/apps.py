from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "feldsher.domain.search"
    label = "search"
