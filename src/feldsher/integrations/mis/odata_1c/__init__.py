"""1С:Медицина that isn't БИТ, and any other base of 1С, through its standard OData interface.

`build` makes the gateway; `conf/composition.py` calls it. No contract of such a base's schedule is public
(contract §3.3), so which catalogue, register and field holds what is the profile's mapping. Reading is
OData; booking is a project HTTP service of the same base, which speaks the small JSON contract in words that
the profile may rename. docs/integrations/1c.md explains both, with an example.
"""

from feldsher.integrations.mis.odata_1c.gateway import ODataGateway, build

__all__ = ["ODataGateway", "build"]
