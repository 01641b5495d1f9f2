"""МЕДИАЛОГ over its XML exchange for web booking (contract §2.1), carried by SOAP or plain HTTP.

`build` makes the gateway; `conf/composition.py` calls it. How a clinic is connected, the options and the
warts are told in docs/integrations/medialog.md.
"""

from feldsher.integrations.mis.medialog.gateway import MedialogGateway, build

__all__ = ["MedialogGateway", "build"]
