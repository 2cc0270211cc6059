"""Rows that no single node holds: its nodes train members together, each on its own shards."""

from __future__ import annotations

import math
import os
import pickle
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from few_folds import FEW
from pliant.automl.fit import Result, fit
from pliant.core.config import Budget, Resources
from pliant.core.deadline import Deadline
from pliant.core.errors import PliantWarning
from pliant.data.store.packing import PackOptions, pack
from pliant.data.store.shards import ShardSize
from pliant.data.store.store import Store, open_store
from pliant.ensemble.incremental.block_size import BlockSize
from pliant.ensemble.incremental.data_parallel import (
    Checkpoints,
    DataParallel,
    anywhere,
    reads_same,
    tell_unseen,
)
from pliant.ensemble.incremental.member import IncrementalMember, Judge
from pliant.ensemble.incremental.one_worker import OneWorker
from pliant.ensemble.incremental.remainder import Remainder
from pliant.ensemble.incremental.sample import StoreRows
from pliant.ensemble.incremental.sample_size import SampleSize
from pliant.ensemble.refit import Weighted
from pliant.metrics import roc_auc
from pliant.models.base import Fitted
from pliant.models.lightgbm import LightGBMConfig
from pliant.runtime.intake import to_frame
from pliant.testing import FakeEngine, FakeTime
from pliant.training.context import FitContext
from pliant.training.engines.base import Engine
from pliant.training.engines.local import LocalEngine
from pliant.training.engines.places import Place
from pliant.training.engines.serial import SerialEngine
from pliant.training.experiment import Experiment, Splitting, of_table
from pliant.training.fit_spec import FitSpec
from pliant.training.progress import Progress
from pliant.training.records import Candidate, Job, Outcome, Trial
from pliant.training.trainer import train

N_ROWS, SAMPLED, SHARD = 24_000, 1_500, 6_000
SPEC = FitSpec(Budget(None, 1), models=["lightgbm"], resources=Resources(1, "serial"), folds=FEW)


def columns(n: int, seed: int = 0) -> dict[str, list[object]]:
    """Return rows whose answer is a wave on two numbers."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3))
    chance = 1 / (1 + np.exp(-6 * np.sin(4 * x[:, 0]) * x[:, 1] - x[:, 2]))
    return {f"x{j}": x[:, j].tolist() for j in range(3)} | {"y": (rng.random(n) < chance).tolist()}


TEST = columns(20_000, 1)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    path = tmp_path_factory.mktemp("shared") / "rows.codes"
    options = PackOptions(shard=ShardSize(rows=SHARD))
    return pack(columns(N_ROWS), target="y", output=path, options=options)


class Nodes(LocalEngine):
    """Two processes of this machine as the nodes of a cluster."""

    reads_files = False

    def __init__(self) -> None:
        super().__init__(2)

    def kill(self, number: int) -> None:
        os.kill(self._all[number]._process.pid, 9)


def rows(store: Store) -> StoreRows:
    """Return rows of which the search sees few."""
    sample = SampleSize(untimed_cells=SAMPLED * len(store.schema.used), min_rows=SAMPLED)
    return StoreRows(store, sample, BlockSize(min_rows=1_000))


def fitted(
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    nodes: Nodes | None = None,
    tell: Callable[[Progress], None] = lambda progress: None,
) -> Result:
    if nodes is not None:
        monkeypatch.setattr("pliant.automl.fit.make_engine", lambda *_: nodes)
    return fit(rows(store), SPEC, FitContext(Deadline(None), tell=tell))


def auc(result: Result) -> float:
    return roc_auc(np.array(TEST["y"], dtype=np.int64), result.model.raw(TEST), None)


def member_of(engine: Engine, store: Store) -> tuple[IncrementalMember, Remainder]:
    """Return a member that was trained on the sample, in few rounds, and the rest of the rows."""
    table, remainder = rows(store).table(SPEC, None)
    assert remainder is not None
    engine.start(Experiment(table, Splitting(0.25, 1), None, 0))
    experiment = of_table(engine.experiment)
    candidate = Candidate("lightgbm", "default", LightGBMConfig(bagging_fraction=1.0))
    outcome = train(Job(candidate, 0, rounds=10), experiment)
    assert outcome.fitted is not None
    first = Weighted(experiment.pipeline(0, "plain", outcome.fitted), 1.0, 0, False)
    judge = Judge(remainder.held_out(), experiment.measure)
    trial = Trial(0, candidate, "done", outcome.score, SAMPLED, (outcome,))
    return IncrementalMember(first, trial, judge, experiment), remainder


def learned(engine: Engine, store: Store, training: type[OneWorker] | type[DataParallel]) -> float:
    """Return the AUC of a member that has learned from all rows, in as many rounds."""
    member, remainder = member_of(engine, store)
    way = training(engine, remainder, FitContext(Deadline(None)))
    way.learn(member, way.rows(member, 0, len(remainder)), math.inf, 80, lambda where: None)
    assert member.weighted.refitted
    assert member.weighted.member.fitted.rounds == 80
    frame = to_frame({name: values for name, values in TEST.items() if name != "y"})
    said = member.weighted.member.predict(remainder.shards.shard(0).schema.encode(frame))
    return roc_auc(np.array(TEST["y"], dtype=np.int64), said, None)


@pytest.mark.slow
def test_half_the_shards_each_score_as_all_in_one_place(store: Store) -> None:
    with SerialEngine() as one, Nodes() as two:
        alone, together = learned(one, store, OneWorker), learned(two, store, DataParallel)
    assert 0.85 < together == pytest.approx(alone, abs=0.002)


class FakeNodes(FakeEngine):
    """So many nodes at each question, of which each job fails that `harm` says, by its number; the
    others bring the model of the sample, after a second a round.
    """

    reads_files = False

    def __init__(self, counts: Sequence[int], harm: Sequence[int] = ()) -> None:
        super().__init__(FakeTime(), self._answer, max(counts), max(counts))
        self._counts, self._harm = list(counts), set(harm)
        self.fitted: Fitted | None = None

    def places(self, check: Callable[[], bool]) -> Sequence[Place]:
        count = self._counts.pop(0) if len(self._counts) > 1 else self._counts[0]
        return [Place(f"node {i}", f"10.0.0.{i}:1", 1, 10**9, check()) for i in range(count)]

    def _answer(self, job: Job) -> Outcome:
        if len(self.tasks) in self._harm:
            return Outcome.failed(1.0, "a node was lost")
        return Outcome(np.nan, float(job.rounds or 0), fitted=self.fitted, by_loss=np.nan)

    def groups(self) -> list[tuple[int, int | None]]:
        """Return how many processes each job was trained with, and in how many rounds."""
        return [(t.job.group.size if t.job.group else 1, t.job.rounds) for t in self.tasks]


def course(store: Store, engine: FakeNodes, seconds: float = math.inf) -> tuple[str, DataParallel]:
    """Return why a member ended, if for a reason, and what trained it in 40 rounds."""
    member, remainder = member_of(engine, store)
    engine.fitted = member.weighted.member.fitted
    deadline = Deadline(None if math.isinf(seconds) else seconds, engine.time.now)
    way = DataParallel(engine, remainder, FitContext(deadline), Checkpoints(count=2, share=1.0))
    way.learn(member, way.rows(member, 0, len(remainder)), seconds, 40, lambda where: None)
    return member.reason, way


def test_rounds_go_from_checkpoint_to_checkpoint(store: Store) -> None:
    engine = FakeNodes([3])
    reason, way = course(store, engine)
    assert (reason, way.facts()["nodes lost"]) == ("", 0)
    assert engine.groups() == [(3, 20)] * 3 + [(3, 20)] * 3
    parts = [task.job.dataset for task in engine.tasks if task.job.dataset is not None]
    assert sum(part.n_rows for part in parts[:3]) == 22_800 + 10  # all but those that judge
    assert parts[:3] == parts[3:]
    assert [task.job.group.rank for task in engine.tasks[:3] if task.job.group] == [0, 1, 2]
    assert [task.job.worker for task in engine.tasks[:3]] == ["node 0", "node 1", "node 2"]


def test_rounds_whose_node_is_lost_are_trained_again_on_those_that_are_left(store: Store) -> None:
    engine = FakeNodes([3, 3, 2, 3], harm=[1])
    reason, way = course(store, engine)
    assert (reason, way.facts()["nodes lost"]) == ("", 1)
    assert engine.groups() == [(3, 20)] * 3 + [(2, 20)] * 2 + [(3, 20)] * 3


def test_rounds_that_fail_again_and_again_end_with_the_last_checkpoint(store: Store) -> None:
    engine = FakeNodes([2], harm=range(2, 20))
    reason, _ = course(store, engine)
    assert reason == "a node was lost"
    assert engine.groups() == [(2, 20)] * 2 * (1 + Checkpoints.attempts)


def test_without_a_node_there_is_a_reason(store: Store) -> None:
    engine = FakeNodes([2, 0])
    reason, _ = course(store, engine)
    assert reason == "no node is left that sees the store"
    assert not engine.tasks


def test_all_nodes_end_in_time_without_a_deadline_of_their_own(store: Store) -> None:
    engine = FakeNodes([2])
    course(store, engine, 30.0)
    assert engine.groups() == [(2, 20)] * 2 + [(2, 10)] * 2
    assert engine.time.seconds == 30.0


@pytest.mark.slow
def test_a_fit_trains_on_the_shards_of_all_nodes(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    alone = fitted(store, monkeypatch)
    nodes = Nodes()
    together = fitted(store, monkeypatch, nodes, lambda now: told.append(now.running))
    facts, before = together.model.card.facts, alone.model.card.facts
    assert (facts["nodes"], facts["nodes lost"], facts["blocks"]) == (2, 0, 1)
    assert facts["bytes between nodes"] > 10**6
    assert "nodes" not in before
    assert facts["rows"] == before["rows"] > 15 * SAMPLED
    assert [m.refitted for m in together.model.members if "lightgbm" in m.name] == [True]
    assert auc(together) > auc(alone) - 0.002  # more, where a checkpoint was better than the end
    assert any("block 1 of 1, round 1 of" in text and "on 2 nodes" in text for text in told)


@pytest.mark.slow
def test_a_node_that_dies_costs_the_rounds_since_the_last_checkpoint(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    nodes, rounds = Nodes(), list[int]()

    def tell(now: Progress) -> None:
        if ", round " in now.running:
            rounds.append(int(now.running.split(", round ")[1].split()[0]))
            if len(rounds) == 2:
                nodes.kill(1)

    facts = fitted(store, monkeypatch, nodes, tell).model.card.facts
    assert facts["nodes lost"] == 1
    assert rounds[2] == rounds[1] > rounds[0]  # tried again from there
    assert rounds[3] > rounds[2]
    assert facts["trained on the sample alone"] == []


def test_a_store_that_nodes_do_not_see_is_said(store: Store) -> None:
    class Blind(FakeNodes):
        def places(self, check: Callable[[], bool]) -> Sequence[Place]:
            first, *others = super().places(check)
            return [first, *(replace(place, sees=False) for place in others)]

    _, remainder = member_of(Blind([3]), store)
    said = r"each of the 3 nodes .* see .*rows\.codes, but 2 do not, such as node 1: they take no"
    with pytest.warns(PliantWarning, match=said):
        tell_unseen(Blind([3]), remainder)
    assert not DataParallel(Blind([3]), remainder, FitContext(Deadline(None))).worth_it
    assert DataParallel(FakeNodes([3]), remainder, FitContext(Deadline(None))).worth_it
    tell_unseen(FakeNodes([3]), remainder)
    tell_unseen(SerialEngine(), remainder)


def test_a_node_sees_a_store_that_is_the_same_there(store: Store, tmp_path: Path) -> None:
    same = partial(reads_same, store.path, store.identity())
    assert pickle.loads(pickle.dumps(same))()
    assert not reads_same(tmp_path, store.identity())
    assert not reads_same(tmp_path / "absent.codes", store.identity())
    other = pack(columns(30), target="y", output=tmp_path / "other.codes")
    assert not reads_same(other.path, store.identity())


def test_a_store_is_named_so_that_other_folders_find_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(store.path.parent)
    remainder = anywhere(Remainder(open_store(store.path.name), 0, 0))
    assert isinstance(remainder.shards, Store)
    assert remainder.shards.path == store.path.resolve()


def test_rounds_up_to_the_next_checkpoint_end_in_time() -> None:
    points = Checkpoints(count=4, share=0.5)
    assert points.rounds(100, 100, math.inf, 9.0) == 25
    assert points.rounds(100, 10, math.inf, 9.0) == 10
    assert points.rounds(100, 100, 40.0, 1.0) == 20
    assert points.rounds(100, 100, 1.0, 3.0) == 0
    assert points.rounds(100, 100, -1.0, 1.0) == 0
    assert points.rounds(3, 3, math.inf, 1.0) == 1
