"""N3.Здоровье: HubService of a regional booking hub, or the same service of a clinic's МИС (contract §4.1).

`build` makes the gateway; `conf/composition.py` calls it. How a clinic is connected, the options and the
warts are told in docs/integrations/n3.md.
"""

from feldsher.integrations.mis.n3.gateway import N3Gateway, build

__all__ = ["N3Gateway", "build"]
