"""SMS.RU over its HTTP API (contract §C1): `sms/send` with one phone, `sms/status`, `my/balance`.

`build` makes the provider; `conf/composition.py` calls it. Told in docs/integrations/sms_ru.md.
"""

from feldsher.integrations.sms.sms_ru.sender import HOME, SmsRu, build

__all__ = ["HOME", "SmsRu", "build"]
