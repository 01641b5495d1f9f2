"""The bench itself works: every figure is measured; what it measures is no test on a machine that is busy."""

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROMISED = {"hold_ratio", "hold_ratio_reference", "slots_ratio", "hold_p99_sync_ratio", "sync_ratio"}
KINDS = {"bit_umc", "infoclinica", "medialog", "n3", "odata_1c", "plain"}


@pytest.mark.slow
def test_a_quick_bench_measures_every_figure_and_leaves_them_as_json(tmp_path: Path) -> None:
    report = tmp_path / "build" / "bench.json"
    command = [sys.executable, str(ROOT / "bench" / "run.py"), "--quick", "--report", str(report)]

    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=180, check=False)

    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    figures = json.loads(report.read_text(encoding="utf-8"))
    assert figures.keys() >= PROMISED
    assert all(isinstance(value, float | int) and 0 < value < math.inf for value in figures.values())
    assert all(name in done.stdout for name in figures)


@pytest.mark.slow
def test_a_quick_exchange_measures_every_mis_apart(tmp_path: Path) -> None:
    report = tmp_path / "exchange.json"
    command = [sys.executable, str(ROOT / "bench" / "exchange.py"), "--quick", "--report", str(report)]

    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)

    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    figures = json.loads(report.read_text(encoding="utf-8"))
    assert figures.keys() >= KINDS
    for rounds in figures.values():
        assert rounds[0]["changed"] > 0
        assert [found["changed"] for found in rounds[1:]] == [0] * (len(rounds) - 1)
        assert all(found["reading"] > 0 and found["database"] > 0 for found in rounds)


@pytest.mark.slow
def test_a_quick_price_list_measures_speed_and_memory(tmp_path: Path) -> None:
    report = tmp_path / "build" / "price_list.json"
    command = [sys.executable, str(ROOT / "bench" / "price_list.py"), "--quick", "--report", str(report)]

    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=180, check=False)

    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    figures = json.loads(report.read_text(encoding="utf-8"))
    assert figures.keys() == {"lines_a_second", "growth_megabytes", "megabytes"}
    assert figures["lines_a_second"] > 1000
    assert figures["growth_megabytes"] < 40


@pytest.mark.slow
def test_quick_reminders_lose_and_double_nothing_though_workers_are_killed(tmp_path: Path) -> None:
    report = tmp_path / "build" / "reminders.json"
    command = [sys.executable, str(ROOT / "bench" / "reminders.py"), "--quick", "--report", str(report)]

    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)

    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    figures = json.loads(report.read_text(encoding="utf-8"))
    assert [figures[name] for name in ("lost", "doubled", "killed_doubled")] == [0, 0, 0]
    assert figures["kills"] > 0
    assert figures["killed_missing"] <= figures["killed_unanswered"] <= 24 * figures["kills"]
    assert figures["farthest"] <= 48
