"""The MISes of this network by our own ids, filled once at start by conf/composition.py."""

from collections.abc import Mapping

from feldsher.domain.scheduling.ports import GatewayUnavailableError, MisGateway

_bound: dict[str, MisGateway] = {}


def bind(gateways: Mapping[str, MisGateway]) -> None:
    """Replace all bindings (a test binds its own)."""
    _bound.clear()
    _bound.update(gateways)


def gateway(mis: str) -> MisGateway:
    """Return the adapter of a MIS; raises GatewayUnavailableError when the settings no longer name it."""
    try:
        return _bound[mis]
    except KeyError:
        raise GatewayUnavailableError(f"no MIS {mis!r} in FELDSHER_MIS") from None


def asking_birth_date() -> frozenset[str]:
    """Return the MISes that find nobody's card without a birth date."""
    return frozenset(mis for mis, bound in _bound.items() if bound.capabilities().needs_birth_date)


def all_mis() -> tuple[str, ...]:
    return tuple(_bound)
