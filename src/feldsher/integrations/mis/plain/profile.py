"""The profile of one clinic's own system. The contract leaves little open, so there is little to say."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from feldsher.integrations.mis.profiles import BOUNDS, Bounds, flag, refuse_unknown, whole

_RANGES = BOUNDS | {"max_window_days": (2, 31)}


@dataclass(frozen=True, slots=True)
class Profile(Bounds):
    """One installation. `changes`: the system answers `/changes`."""

    changes: bool = True


def read_profile(options: Mapping[str, Any]) -> Profile:
    """Return the profile that `options` describe; raises ValueError with one sentence for what is wrong."""
    refuse_unknown(options, Profile)
    for name, value in options.items():
        if name == "changes":
            flag(name, value)
        else:
            whole(name, value, *_RANGES[name])
    return Profile(**options)
