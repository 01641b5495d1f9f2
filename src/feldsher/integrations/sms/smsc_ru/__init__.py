"""SMSC.RU over its HTTP API (contract §C2): `send.php` with one phone, `status.php`, `balance.php`.

`build` makes the provider; `conf/composition.py` calls it. Told in docs/integrations/smsc_ru.md.
"""

from feldsher.integrations.sms.smsc_ru.sender import HOME, RESERVE, SmscRu, build

__all__ = ["HOME", "RESERVE", "SmscRu", "build"]
