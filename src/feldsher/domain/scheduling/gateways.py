"""The MISes of this network by our own ids, filled once at start by conf/composition.py."""

from collections.abc import Mapping
from types import MappingProxyType

from feldsher.domain.scheduling.line import GuardedGateway, Tally
from feldsher.domain.scheduling.ports import GatewayUnavailableError, MisGateway

_bound: dict[str, MisGateway] = {}
_NO_PACES: Mapping[str, int] = MappingProxyType({})


def bind(gateways: Mapping[str, MisGateway], *, paces: Mapping[str, int] = _NO_PACES) -> None:
    """Replace all bindings (a test binds its own).

    Whoever has a pace, in calls a second, is called over a guarded line.
    """
    tally = Tally()
    _bound.clear()
    for mis, bound in gateways.items():
        pace = paces.get(mis)
        _bound[mis] = (
            bound if pace is None else GuardedGateway(mis, bound, calls_per_second=pace, tally=tally)
        )


def gateway(mis: str) -> MisGateway:
    """Return the adapter of a MIS; raises GatewayUnavailableError when the settings no longer name it."""
    try:
        return _bound[mis]
    except KeyError:
        raise GatewayUnavailableError(f"no MIS {mis!r} in FELDSHER_MIS") from None


def asking_birth_date() -> frozenset[str]:
    """Return the MISes that find nobody's card without a birth date."""
    return frozenset(mis for mis, bound in _bound.items() if bound.capabilities().needs_birth_date)


def overbooking() -> frozenset[str]:
    """Return the MISes that leave it to us whether a visit stands over another."""
    return frozenset(mis for mis, bound in _bound.items() if bound.capabilities().overbooks)


def all_mis() -> tuple[str, ...]:
    return tuple(_bound)
