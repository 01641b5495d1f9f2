"""Bodies that are no answer of any service of ours, whatever was asked."""

import json

REFERENCE = "0f8fad5b-d9cb-469f-a165-70867728950e"
NO_XML: tuple[str | bytes, ...] = (
    "<html><head><title>502</title></head><body>Bad Gateway</body></html>",
    "",
    "\x00\x01",
    b"\xff\xfe<\x00",
)
"""Bodies that are no document of any XML service of ours."""
HARMFUL = {
    "nothing": b"",
    "a page": b"<!doctype html><html><body>Welcome</body></html>",
    "an entity": b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
    "laughs": b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><x>&b;</x>',
    "another encoding": json.dumps({"reference": REFERENCE, "state": "отменён"}, ensure_ascii=False).encode(
        "cp1251"
    ),
    "utf-16": json.dumps({"reference": REFERENCE, "state": "none"}).encode("utf-16"),
    "a wall of brackets": b"[" * 200_000,
    "a deep nest": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "many values": b'{"a": [' + b"{}," * 1_500_000 + b"{}]}",
    "a huge number": b'{"complete": ' + b"9" * 100_000 + b"}",
    "an exponent beyond all numbers": b'{"complete": 1e1000000000000000000000}',
    "no number": b'{"complete": NaN}',
    "a name twice": b'{"state": "none", "reference": "%b", "reference": "%b"}' % ((REFERENCE.encode(),) * 2),
    "half": b'{"reference": "0f8fad5b',
    "a list": b"[1]",
    "a text": b'"booked"',
}
