"""ИНФОКЛИНИКА (Smart Delta Systems) over its XML gateway (contract §1.1–1.5).

`build` makes the gateway; `conf/composition.py` calls it. How a clinic is connected, the options and the
warts are told in docs/integrations/infoclinica.md.
"""

from feldsher.integrations.mis.infoclinica.gateway import InfoclinicaGateway, build

__all__ = ["InfoclinicaGateway", "build"]
