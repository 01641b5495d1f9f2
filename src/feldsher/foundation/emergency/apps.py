from django.apps import AppConfig


class EmergencyConfig(AppConfig):
    name = "feldsher.foundation.emergency"
    label = "emergency"
