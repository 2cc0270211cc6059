"""The benchmarks' own arithmetic: who beats whom, what is imputed, what the gate lets through."""

from __future__ import annotations

import json
import math
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
BENCHMARKS = ROOT / "benchmarks"


@pytest.fixture(autouse=True)
def _scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The benchmarks are a package of the project's folder."""
    monkeypatch.syspath_prepend(str(ROOT))


@pytest.fixture
def board() -> ModuleType:
    return import_module("benchmarks.board.board")


def line(system: str, dataset: str, score: float | None, **more: Any) -> dict[str, Any]:
    metric = "rmse" if dataset.startswith("r") else "auc"
    found = {
        "system": system,
        "dataset": dataset,
        "budget": 60.0,
        "seed": 0,
        "score": score,
        "metric": metric,
        "train_rows": 100,
        "columns": 3,
        "error": None if score is not None else "killed after 300 s",
        "fit_seconds": 50.0,
        "process_seconds": 60.0,
        "peak_bytes": 1e9,
        "model_bytes": 1e6,
        "p50_ms": 1.0,
        "p99_ms": 2.0,
        "rows_per_second": 1e5,
        "pace_seconds": 0.02,
        "version": "1",
    }
    return found | more


def two_systems() -> list[dict[str, Any]]:
    return [
        line("pliant", "a", 0.9),
        line("pliant", "b", 0.8),
        line("pliant", "r", 2.0),
        line("flaml", "a", 0.8),
        line("flaml", "b", None),
        line("flaml", "r", 2.0),
    ]


def test_duels_count_ties_half_and_failures_as_lost(board: ModuleType) -> None:
    made = board.Board.of(two_systems())
    ours, theirs = made.entrants
    assert str(made.duel(ours, theirs)) == "2-1-0"
    assert made.duel(ours, theirs).rate == pytest.approx(2.5 / 3)
    assert made.duel(theirs, ours).rate == pytest.approx(0.5 / 3)
    assert made.failures(theirs) == 1


def test_ranks_share_a_tie_and_sum_to_the_same(board: ModuleType) -> None:
    made = board.Board.of(two_systems())
    ours, theirs = made.entrants
    assert made.rank(ours, "r") == made.rank(theirs, "r") == 1.5
    assert made.mean_rank(ours) + made.mean_rank(theirs) == pytest.approx(3)


def test_a_failure_has_the_worst_loss_that_anyone_had(board: ModuleType) -> None:
    lines = [*two_systems(), line("h2o", "a", 0.9), line("h2o", "b", 0.6), line("h2o", "r", 2.0)]
    made = board.Board.of(lines)
    ours, theirs, _ = made.entrants
    # a: .1/.2, b: .2/.4 (the worst, H2O's), r: 1
    assert made.loss_ratio(ours, theirs) == pytest.approx((0.5 * 0.5 * 1) ** (1 / 3))
    assert made.quality(theirs) == pytest.approx((0 + 0 + 1) / 3)


def test_seeds_are_averaged_and_one_failed_seed_fails_the_set(board: ModuleType) -> None:
    seeds = [line("pliant", "a", 0.8), line("pliant", "a", 0.9, seed=1)]
    made = board.Board.of(seeds)
    assert made.score(made.entrants[0], "a") == pytest.approx(0.85)
    failed = board.Board.of([*seeds, line("pliant", "a", None, seed=2)])
    assert failed.loss(failed.entrants[0], "a") == math.inf


def test_claims_tell_what_holds_and_what_does_not(board: ModuleType) -> None:
    claims = import_module("benchmarks.board.claims")
    found = {c.limit: c for c in claims.check(board.Board.of(two_systems()))}
    assert found["first by mean rank"].holds
    assert found["wins against flaml ≥ 65%"].holds
    late = [line("pliant", "a", 0.9, fit_seconds=61.0), line("flaml", "a", 0.95)]
    found = {c.limit: c for c in claims.check(board.Board.of(late))}
    assert not found["the budget holds"].holds
    assert not found["wins against flaml ≥ 65%"].holds
    assert not found["first by mean rank"].holds


def test_the_gate_lets_the_same_through_and_stops_what_is_worse() -> None:
    gate = import_module("benchmarks.board.gate")
    lines = [line("pliant", "a", 0.9), line("pliant", "r", 2.0)]
    assert all(v.holds for v in gate.judge(lines, lines))
    worse = [line("pliant", "a", 0.88), line("pliant", "r", 2.0)]
    assert [v.name for v in gate.judge(worse, lines) if not v.holds] == ["loss"]
    slow = [{**x, "p50_ms": 2.0} for x in lines]
    assert [v.name for v in gate.judge(slow, lines) if not v.holds] == ["one row, p50"]
    late = [{**x, "fit_seconds": 61.0} for x in lines]
    assert [v.name for v in gate.judge(late, lines) if not v.holds] == ["share of the budget, most"]


def test_the_gate_forgives_a_slower_machine() -> None:
    gate = import_module("benchmarks.board.gate")
    lines = [line("pliant", "a", 0.9)]
    slow = [line("pliant", "a", 0.9, p50_ms=3.0, rows_per_second=1e5 / 3, pace_seconds=0.06)]
    assert all(v.holds for v in gate.judge(slow, lines))


def test_a_new_failure_stops_at_the_gate() -> None:
    gate = import_module("benchmarks.board.gate")
    lines = [line("pliant", "a", 0.9), line("pliant", "b", 0.9)]
    failed = [line("pliant", "a", 0.9), line("pliant", "b", None, fit_seconds=None)]
    names = [v.name for v in gate.judge(failed, lines) if not v.holds]
    assert names == ["failed runs, more than before"]


def test_micro_benchmarks_are_compared_as_multiples_of_the_pace(tmp_path: Path) -> None:
    gate = import_module("benchmarks.board.gate")

    def stored(encode: float, pace: float) -> Path:
        path = tmp_path / f"{encode}.json"
        medians = {"test_pace": pace, "test_encode": encode}
        found = [{"name": n, "stats": {"median": m}} for n, m in medians.items()]
        path.write_text(json.dumps({"benchmarks": found}))
        return path

    before = gate.read_micro(stored(0.010, 0.02))
    assert [v.holds for v in gate.judge_micro(gate.read_micro(stored(0.030, 0.06)), before)] == [
        True
    ]
    assert [v.holds for v in gate.judge_micro(gate.read_micro(stored(0.020, 0.02)), before)] == [
        False
    ]


def test_the_page_is_what_the_raw_lines_say() -> None:
    page = import_module("benchmarks.board.page")
    results = page.Results.of(BENCHMARKS / "results")
    assert (ROOT / "docs" / "benchmarks.md").read_text() == page.text(results)


def test_the_page_of_scaling_is_what_its_lines_say() -> None:
    read, results = import_module("benchmarks.board.board").read, BENCHMARKS / "results"
    cores = read(sorted(results.glob("cores.jsonl")))
    page = import_module("benchmarks.scaling.page").text(read([results / "scaling.jsonl"]), cores)
    assert (ROOT / "docs" / "scaling.md").read_text() == page


def test_the_page_of_the_runtime_is_what_its_lines_say() -> None:
    runtime_page = import_module("benchmarks.runtime.page")
    page = runtime_page.text(import_module("benchmarks.board.board").read(runtime_page.results()))
    assert (ROOT / "docs" / "runtime.md").read_text() == page


def test_the_figures_of_large_data_are_what_their_lines_say() -> None:
    pages, page = import_module("benchmarks.stores.page"), (ROOT / "docs" / "data.md").read_text()
    assert pages.text(page, pages.kept()) == page


def test_the_figures_of_students_are_what_their_lines_say() -> None:
    lines = import_module("benchmarks.board.board").read(
        [BENCHMARKS / "results" / "students.jsonl"]
    )
    students, page = (
        import_module("benchmarks.quality.students"),
        (ROOT / "docs" / "optimise.md").read_text(),
    )
    assert students.page(page, lines) == page
    beside = import_module("benchmarks.board.beside")
    assert beside.page(page, import_module("benchmarks.board.board").read([beside.LINES])) == page


def test_every_run_that_is_kept_names_its_machine_and_version() -> None:
    found = import_module("benchmarks.board.board").read(
        sorted((BENCHMARKS / "results").glob("*.jsonl"))
    )
    runs = [x for x in found if {"system", "score"} <= set(x)]
    assert runs
    assert all(x["machine"] and x["date"] and x.get("version") for x in runs if x["score"])


def test_a_resampled_table_is_shaped_like_the_real_one(tmp_path: Path) -> None:
    import numpy as np
    import pyarrow as pa

    resample = import_module("benchmarks.common.resample")
    rng = np.random.default_rng(0)
    x = np.round(rng.normal(size=500), 2)
    table = pa.table({"x": x, "n": rng.integers(0, 90, 500), "c": ["a", "b"] * 250, "y": x > 0})
    shape = resample.Shape("y", "binary")
    made = pa.concat_tables(resample.resampled(table, shape, 120_000))
    again = pa.concat_tables(resample.resampled(table, shape, 120_000))
    assert made.equals(again)
    assert made.schema == table.schema
    assert made.num_rows == 120_000
    found = made["x"].to_numpy()
    assert np.array_equal(found, np.round(found, 2))
    assert abs(found.mean() - x.mean()) < 0.02
    assert len(np.unique(made["n"].to_numpy())) == 90
    assert np.corrcoef(found, made["y"].to_numpy())[0, 1] > 0.7


def cores_line(kind: str, cores: int, seconds: float, **more: Any) -> dict[str, Any]:
    asked = {"rows": 1000, "trials": 24, "budget": 60.0, "date": "2026-01-01", "machine": "m"}
    return {"kind": kind, "cores": cores, "seconds": seconds, **asked, **more}


def test_what_cores_are_worth_is_said_by_name(tmp_path: Path) -> None:
    page = import_module("benchmarks.scaling.cores_page")
    lines = []
    for cores in (1, 2, 4):
        before = {"before": 1.0, "in_fits": 36.0, "parent": 0.5}
        lines += [
            cores_line("trials", cores, 40 / cores + 1, **before),
            cores_line("refits", cores, 8 / cores),
            cores_line("prediction", cores, 1.0),
            cores_line("budget", cores, 60.0, score=0.9 + cores / 100, made=9 * cores),
        ]
    told = "\n".join(page.section(lines))
    rows = [[c.strip() for c in row.split("|")[1:-1]] for row in told.splitlines() if "|" in row]
    assert ["4", "11.00 (3.73x)", "2.00 (4.00x)", "1.00 (1.00x)", "0.9400", "36"] in rows
    assert ["2", "21.00", "20.50", "1.00", "18.00", "2.00", "0.50"] in rows
    page.draw_all(lines, tmp_path)
    assert (tmp_path / "cores-0.svg").stat().st_size > 1000
