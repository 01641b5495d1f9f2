from domain.records.conftest import _in_production, ward

__all__ = ["_in_production", "ward"]
