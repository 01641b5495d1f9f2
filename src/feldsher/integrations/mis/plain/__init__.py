"""The small JSON contract, which a clinic's programmer implements for a MIS that we don't know.

`build` makes the gateway; `conf/composition.py` calls it. The contract is
docs/integrations/plain-mis.openapi.json; its rules in plain words, and how a clinic is connected, are
docs/integrations/plain.md.
"""

from feldsher.integrations.mis.plain.gateway import PlainGateway, build

__all__ = ["PlainGateway", "build"]
