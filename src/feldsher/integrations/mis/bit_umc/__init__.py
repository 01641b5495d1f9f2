"""1С БИТ.УМЦ (also БИТ.Стоматология, БИТ.Красота) over its SOAP or its HTTP service (contract §3.1).

`build` makes the gateway; `conf/composition.py` calls it. How a clinic is connected, the options and the
warts are told in docs/integrations/bit_umc.md.
"""

from feldsher.integrations.mis.bit_umc.gateway import BitUmcGateway, build

__all__ = ["BitUmcGateway", "build"]
