"""Measures the hot path as ratios within one run, so that a slow machine changes little.

    python bench/run.py            every figure, and an exit code that says whether the floors hold
    python bench/run.py --quick    a short smoke of the bench itself; floors are shown, not asserted

docs/modules/bench.md says what each figure means.
"""

import argparse
import json
import os
import statistics
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import day
import measure
from clinic import Clinic
from load import Load, percentile
from stand import Stand, stand

REPORT = Path(__file__).resolve().parents[1] / "build" / "bench.json"
FLOORS: dict[str, tuple[str, float]] = {
    "hold_ratio": (">=", 0.4),
    "hold_ratio_reference": (">=", 0.3),
    "slots_ratio": (">=", 0.4),
    "hold_p99_sync_ratio": ("<=", 3.0),
    "sync_ratio": ("<=", 1.5),
    "list_queries": ("<=", 8),
    "cached_ratio": (">=", 0.3),
    "secrecy_ratio": ("<=", 1.5),
    "closed_hold_ratio": (">=", 0.95),
    "closed_slots_ratio": (">=", 0.95),
}
MEANINGS = {
    "hold_ratio": "POST /holds : hold_slot alone",
    "hold_ratio_reference": "POST /holds : a transaction script (reference.sql)",
    "slots_ratio": "GET /slots of a doctor-week : free_slots alone",
    "hold_p99_sync_ratio": "p99 of a hold during a sync : without one",
    "sync_ratio": "sync of the mirror, 1 % changed : bare SQL",
    "holds_per_second": "POST /holds, 32 connections, site on one core",
    "hold_slot_per_second": "hold_slot by pgbench",
    "reference_per_second": "reference.sql by pgbench",
    "slots_per_second": "GET /slots",
    "free_slots_per_second": "free_slots by pgbench",
    "hold_cpu_ms": "the site's processor time of one hold, ms",
    "slots_cpu_ms": "the same of one doctor-week, ms",
    "hold_p50_ms": "a hold at a fixed rate, median, ms",
    "hold_p99_ms": "the same, 99th percentile, ms",
    "hold_p99_sync_ms": "the same during a sync, ms",
    "sync_seconds": "sync of the mirror as tickets, s",
    "sync_bare_seconds": "the same in bare SQL, s",
    "list_queries": "queries of the list of all doctors",
    "list_p50_ms": "the list of all doctors, uncached, site on one core, median, ms",
    "list_p95_ms": "the same, 95th percentile, ms",
    "empty_p95_ms": "a view that answers two letters, in turns with it, ms",
    "cached_ratio": "a kept page : a view that asks nothing",
    "cached_per_second": "the list of branches, kept",
    "unasked_per_second": "robots.txt, a view that asks the database nothing",
    "secrecy_ratio": "a page of 50 visits with row security and journal : without",
    "secrecy_ms": "the page with them, over HTTP, median, ms",
    "closed_hold_ratio": "hold_slot with row security and care : without",
    "closed_slots_ratio": "free_slots with row security : without",
    "next_times_ms": "next 6 times of all doctors, selector, ms",
    "next_times_query_ms": "the same, one query with its rows read, ms",
}
Figures = dict[str, float]
LIST, EMPTY = "/doctors/", "/healthz"
KEPT, UNASKED = "/branches/", "/robots.txt"


@dataclass(frozen=True, slots=True)
class Plan:
    """How long to measure: doctors, rounds of a pair and seconds of each side, and holds at a fixed rate."""

    doctors: int = 500
    rounds: int = 3
    seconds: float = 4.0
    rate: float = 200.0
    paced_seconds: float = 15.0
    pages: int = 100


QUICK = Plan(doctors=60, rounds=1, seconds=1.0, rate=50.0, paced_seconds=1.0, pages=5)


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, write the report; returns 1 when a floor is missed and 0 otherwise."""
    parser = argparse.ArgumentParser(description="Measure the hot path.")
    parser.add_argument("--quick", action="store_true", help="a short smoke; floors are not asserted")
    parser.add_argument("--report", type=Path, default=REPORT, help="where the figures go (build/bench.json)")
    options = parser.parse_args(arguments)
    plan = QUICK if options.quick else Plan()
    busy = os.getloadavg()[0]
    if busy > 1:
        print(f"The machine is busy (load {busy:.1f}): ratios are noisier than they could be.")
    figures = measured(plan)
    options.report.parent.mkdir(exist_ok=True)
    options.report.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    missed = show(figures)
    if missed and not options.quick:
        print(f"\nMissed: {', '.join(missed)}.")
        return 1
    return 0


def measured(plan: Plan) -> Figures:
    """Return every figure; sides of a ratio are measured in turns."""
    clinic = Clinic.of(plan.doctors)
    numbers = measure.Numbers(clinic)
    figures: Figures = {}
    print(f"Database, {clinic.days} days of {clinic.doctors} doctors, site …", flush=True)
    with stand(clinic) as found:
        for name, part in (("holds", holds), ("slots", slots), ("latency", latency)):
            print(f"{name} …", flush=True)
            figures |= part(found, numbers, plan)
        print("sync …", flush=True)
        figures |= sync(plan)
        print("list …", flush=True)
        figures |= listing(found, plan)
        print("kept pages …", flush=True)
        figures |= kept(found, plan)
        print("secrecy …", flush=True)
        closed, bare = day.page_ms(found, clinic, rounds=plan.rounds, pages=max(plan.pages // 4, 2))
        figures |= {"secrecy_ratio": closed / bare, "secrecy_ms": closed}
        whole, query = measure.next_times_ms(clinic, rounds=5 * plan.rounds)
        figures |= {"next_times_ms": whole, "next_times_query_ms": query}
    hold, free = day.hot_ratios_apart(plan.doctors, rounds=plan.rounds, seconds=max(plan.seconds / 2, 1.0))
    figures |= {"closed_hold_ratio": hold, "closed_slots_ratio": free}
    return {name: round(figures[name], 4) for name in MEANINGS}


def holds(found: Stand, numbers: measure.Numbers, plan: Plan) -> Figures:
    with _load(found, 201) as load:
        measure.holds_rate(found, load, numbers, seconds=max(plan.seconds / 2, 1.0))
        turns = [
            (
                measure.function_rate(found, numbers, seconds=plan.seconds),
                *measure.holds_rate(found, load, numbers, seconds=plan.seconds),
                measure.reference_rate(found, seconds=plan.seconds, turn=turn),
            )
            for turn in range(plan.rounds)
        ]
    return {
        "hold_ratio": statistics.median(site / function for function, site, _, _ in turns),
        "hold_ratio_reference": statistics.median(site / script for _, site, _, script in turns),
        "hold_slot_per_second": statistics.median(turn[0] for turn in turns),
        "holds_per_second": statistics.median(turn[1] for turn in turns),
        "hold_cpu_ms": statistics.median(turn[2] for turn in turns),
        "reference_per_second": statistics.median(turn[3] for turn in turns),
    }


def slots(found: Stand, numbers: measure.Numbers, plan: Plan) -> Figures:  # noqa: ARG001 - as its siblings
    with _load(found, 200) as load:
        measure.slots_rate(found, load, seconds=max(plan.seconds / 2, 1.0))
        turns = [
            (
                measure.free_slots_rate(found, seconds=plan.seconds),
                *measure.slots_rate(found, load, seconds=plan.seconds),
            )
            for _ in range(plan.rounds)
        ]
    return {
        "slots_ratio": statistics.median(site / function for function, site, _ in turns),
        "free_slots_per_second": statistics.median(turn[0] for turn in turns),
        "slots_per_second": statistics.median(turn[1] for turn in turns),
        "slots_cpu_ms": statistics.median(turn[2] for turn in turns),
    }


def latency(found: Stand, numbers: measure.Numbers, plan: Plan) -> Figures:
    """Measure before, during and after a sync; what is before and after counts as idle."""
    with _load(found, 201) as load:

        def paced(share: float) -> list[float]:
            seconds = plan.paced_seconds * share
            return measure.hold_seconds(found, load, numbers, rate=plan.rate, seconds=seconds)

        idle = paced(0.5)
        with measure.syncing(plan.doctors):
            busy = paced(1)
        idle += paced(0.5)
    p99, p99_sync = percentile(idle, 0.99), percentile(busy, 0.99)
    return {
        "hold_p99_sync_ratio": p99_sync / p99,
        "hold_p50_ms": percentile(idle, 0.5) * 1000,
        "hold_p99_ms": p99 * 1000,
        "hold_p99_sync_ms": p99_sync * 1000,
    }


def sync(plan: Plan) -> Figures:
    product, bare = measure.sync_seconds(plan.doctors, rounds=plan.rounds)
    return {
        "sync_ratio": statistics.median(one / other for one, other in zip(product, bare, strict=True)),
        "sync_seconds": statistics.median(product),
        "sync_bare_seconds": statistics.median(bare),
    }


def listing(found: Stand, plan: Plan) -> Figures:
    """Ask for the list of all doctors, which nothing caches, in turns with a page that is empty."""
    pages: list[float] = []
    empty: list[float] = []
    measure.page_seconds(found, LIST, count=10)
    for _ in range(plan.rounds):
        pages += measure.page_seconds(found, LIST, count=plan.pages)
        empty += measure.page_seconds(found, EMPTY, count=plan.pages)
    return {
        "list_p50_ms": percentile(pages, 0.5) * 1000,
        "list_p95_ms": percentile(pages, 0.95) * 1000,
        "empty_p95_ms": percentile(empty, 0.95) * 1000,
        "list_queries": measure.queries_of(LIST),
    }


def kept(found: Stand, plan: Plan) -> Figures:
    """Ask for a page that the site keeps, in turns with a view behind the same chain that asks nothing."""
    with _load(found, 200) as load:
        measure.path_rate(load, KEPT, seconds=1.0)
        turns = [
            (
                measure.path_rate(load, UNASKED, seconds=plan.seconds / 2),
                measure.path_rate(load, KEPT, seconds=plan.seconds / 2),
            )
            for _ in range(plan.rounds)
        ]
    return {
        "cached_ratio": statistics.median(page / empty for empty, page in turns),
        "cached_per_second": statistics.median(turn[1] for turn in turns),
        "unasked_per_second": statistics.median(turn[0] for turn in turns),
    }


def show(figures: Figures) -> list[str]:
    """Print the table; returns the names of the figures that miss their floor."""
    tests: dict[str, Callable[[float, float], bool]] = {">=": float.__ge__, "<=": float.__le__}
    missed = []
    print(f"\n{'figure':24}{'value':>10}  {'floor':8}{'':8}meaning")
    for name, value in figures.items():
        floor, verdict = "", ""
        if name in FLOORS:
            sign, bound = FLOORS[name]
            floor, verdict = f"{sign} {bound}", "holds"
            if not tests[sign](float(value), bound):
                verdict = "MISSED"
                missed.append(name)
        print(f"{name:24}{value:10.2f}  {floor:8}{verdict:8}{MEANINGS[name]}")
    return missed


@contextmanager
def _load(found: Stand, wanted: int) -> Iterator[Load]:
    load = Load(found.address, connections=measure.CONNECTIONS, wanted=wanted)
    try:
        yield load
    finally:
        load.close()


if __name__ == "__main__":
    sys.exit(main())
