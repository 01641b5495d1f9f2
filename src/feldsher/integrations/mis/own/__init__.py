"""The own schedule of a clinic without a MIS: the port over our own tables.

`build` makes the gateway; `conf/composition.py` calls it. Why it keeps no visits, and how a clinic starts
with it, is docs/integrations/own.md.
"""

from feldsher.integrations.mis.own.gateway import OwnGateway, build

__all__ = ["OwnGateway", "build"]
