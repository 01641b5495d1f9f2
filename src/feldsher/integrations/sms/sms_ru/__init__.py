"""SMS.RU over its HTTP API (contract §C1): one call, `sms/send` with one phone.

`build` makes the sender; `conf/composition.py` calls it. Told in docs/integrations/sms_ru.md.
"""

from feldsher.integrations.sms.sms_ru.sender import HOME, SmsRu, build

__all__ = ["HOME", "SmsRu", "build"]
