from django.apps import AppConfig


class PatientsConfig(AppConfig):
    name = "feldsher.domain.patients"
    label = "patients"
