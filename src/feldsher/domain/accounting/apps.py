from django.apps import AppConfig


class AccountingConfig(AppConfig):
    name = "feldsher.domain.accounting"
    label = "accounting"
