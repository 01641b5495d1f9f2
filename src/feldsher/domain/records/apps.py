from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "feldsher.domain.records"
    label = "records"
