"""Proves at the port what an adapter does, against a simulator or a clinic at work: `feldsher mis check`.

It knows `domain.scheduling.ports` and no adapter. Whatever it can't see it calls not tested, never passed;
whatever it writes it takes back, by a ledger that outlives a crash.
"""

from feldsher.integrations.mis.conformance.bench import HttpBench
from feldsher.integrations.mis.conformance.means import Facts
from feldsher.integrations.mis.conformance.report import Report, Status
from feldsher.integrations.mis.conformance.run import SCENARIOS, check

__all__ = ["SCENARIOS", "Facts", "HttpBench", "Report", "Status", "check"]
