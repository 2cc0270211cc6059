"""Many who write to one store: no row is lost, and it can be read after whatever came between."""

from __future__ import annotations

import copy
import errno
import os
import pickle
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pliant
from pliant.core.errors import DataError, SaveError
from pliant.data.store import store as store_module
from pliant.data.store.packing import PackOptions, PackProgress
from pliant.data.store.shards import ShardSize
from pliant.data.store.store import Store

N = 1000
SMALL = PackOptions(shard=ShardSize(rows=250))

APPENDS = """
import sys, numpy as np, pliant
from pliant.data.store.shards import ShardSize
small = pliant.PackOptions(shard=ShardSize(rows=250))
for seed in range(int(sys.argv[2])):
    x = np.random.default_rng(seed).normal(size=100)
    pliant.open_store(sys.argv[1]).append({"x": x, "y": np.where(x > 0, "yes", "no")}, small)
    print("done", flush=True)
"""

KILLS = """
import os, shutil, signal, sys
from pathlib import Path
import numpy as np, pliant
from pliant.data.store.shards import ShardSize

small = pliant.PackOptions(shard=ShardSize(rows=250))
folder = Path(sys.argv[1])

def rows(n):
    x = np.random.default_rng(n).normal(size=n)
    return {"x": x, "y": np.where(x > 0, "yes", "no")}

def append(n):
    pliant.open_store(folder / "x.codes").append(rows(n), small)

def overwrite(n):
    again = pliant.PackOptions(overwrite=True, shard=ShardSize(rows=250))
    pliant.pack(rows(n), target="y", output=folder / "x.codes", options=again)

def dying(act, n, at, after):
    left = iter(range(at))
    def watched(name):
        real = getattr(os, name)
        def call(*args, **more):
            now = next(left, None) is None
            if now and not after:
                os.kill(os.getpid(), signal.SIGKILL)
            found = real(*args, **more)
            if now:
                os.kill(os.getpid(), signal.SIGKILL)
            return found
        setattr(os, name, call)
    for name in ("fsync", "replace", "rename", "unlink", "mkdir", "rmdir"):
        watched(name)
    act(n)
    os._exit(0)

def check(possible):
    store = pliant.open_store(folder / "x.codes")
    read = sum(len(store.shard(i)) for i in range(store.n_shards))
    assert read == len(store), (read, len(store))
    assert read in possible, (read, possible)
    longer = store.append(rows(10), small)
    assert len(longer) == read + 10
    assert sum(len(longer.shard(i)) for i in range(longer.n_shards)) == read + 10
    named = {f"blocks-{block.file}.bin" for block in longer.manifest.blocks}
    assert {p.name for p in longer.path.iterdir()} == named | {"lock", "store.zip"}

pliant.pack(rows(1000), target="y", output=folder / "whole.codes", options=small)
kills = 0
act, n, after = globals()[sys.argv[2]], int(sys.argv[3]), int(sys.argv[4])
for late in (False, True):
    for at in range(100):
        shutil.rmtree(folder / "x.codes", ignore_errors=True)
        shutil.copytree(folder / "whole.codes", folder / "x.codes")
        child = os.fork()
        if not child:
            dying(act, n, at, late)
        status = os.waitpid(child, 0)[1]
        check({after} if status == 0 else {1000, after})
        if status == 0:
            break
        assert os.WTERMSIG(status) == signal.SIGKILL
        kills += 1
print(kills)
"""


def rows(n: int, seed: int = 0) -> dict[str, Any]:
    x = np.random.default_rng(seed).normal(size=n)
    return {"x": x, "y": np.where(x > 0, "yes", "no")}


def read(store: Store) -> int:
    return sum(len(store.shard(i)) for i in range(store.n_shards))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return pliant.pack(rows(N), target="y", output=tmp_path / "x.codes", options=SMALL)


@pytest.fixture
def unlocked(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(file: object, operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("fcntl.flock", refuse)


def begin(store: Store, times: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", APPENDS, str(store.path), str(times)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("n", [100, 5000])
def test_a_handle_that_was_opened_before_goes_on_from_the_newest(n: int, store: Store) -> None:
    other = pliant.open_store(store.path)
    assert len(store.append(rows(n, 1), SMALL)) == N + n
    assert len(other.append(rows(150, 2))) == N + n + 150
    assert read(pliant.open_store(store.path)) == N + n + 150


def test_two_processes_side_by_side_lose_nothing(store: Store) -> None:
    both = [begin(store, 8) for _ in range(2)]
    told = [process.communicate()[0].count("done") for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert told == [8, 8]
    now = pliant.open_store(store.path)
    assert read(now) == len(now) == N + 1600


@pytest.mark.slow
def test_processes_that_are_killed_leave_a_whole_store(store: Store) -> None:
    """Four, killed at random moments: what was told is there, and nothing is there by half."""
    chance, told, begun = random.Random(0), 0, 0
    at_work = [begin(store, 40) for _ in range(4)]
    for _ in range(30):
        time.sleep(chance.uniform(0.2, 2.0))
        process = at_work.pop(0)
        process.kill()
        told += process.communicate()[0].count("done")
        begun += 1
        now = pliant.open_store(store.path)
        at_work.append(begin(store, 40))
    for process in at_work:
        told += process.communicate()[0].count("done")
    now = pliant.open_store(store.path)
    assert read(now) == len(now)
    assert N + 100 * told <= len(now) <= N + 100 * (told + begun)
    named = {f"blocks-{block.file}.bin" for block in now.append(rows(100)).manifest.blocks}
    assert {p.name for p in store.path.iterdir()} == named | {"lock", "store.zip"}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are killed as they fork")
@pytest.mark.parametrize("act", ["append 50 1050", "append 3000 4000", "overwrite 70 70"])
def test_a_kill_at_any_step_leaves_the_store_before_or_after(act: str, tmp_path: Path) -> None:
    forks = "ignore:This process:DeprecationWarning"  # what the script does, since Python 3.12
    command = [sys.executable, "-W", forks, "-c", KILLS, str(tmp_path), *act.split()]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert int(done.stdout) > 10


class Turns:
    """One that holds the store until another has said that it waits."""

    def __init__(self) -> None:
        self._held, self._waits = threading.Event(), threading.Event()
        self.stages: list[str] = []

    def hold(self, progress: PackProgress) -> None:
        if progress.stage == "coding":
            self._held.set()
            assert self._waits.wait(20)

    def hear(self, progress: PackProgress) -> None:
        self.stages.append(progress.stage)
        self._waits.set()

    def run(self, first: Callable[[PackOptions], Store], second: Store) -> Store:
        thread = threading.Thread(target=first, args=(PackOptions(overwrite=True, tell=self.hold),))
        thread.start()
        assert self._held.wait(20)
        longer = second.append(rows(150, 2), PackOptions(tell=self.hear))
        thread.join()
        return longer


def test_one_waits_for_another_and_says_so(store: Store) -> None:
    turns = Turns()
    longer = turns.run(lambda how: store.append(rows(100, 1), how), pliant.open_store(store.path))
    assert turns.stages[0] == "waiting"
    assert turns.stages[-1] == "coding"
    assert read(longer) == N + 250


def test_what_waits_goes_on_with_the_store_that_is_there_then(store: Store) -> None:
    new, place = rows(70, 1), store.path
    longer = Turns().run(lambda how: pliant.pack(new, target="y", output=place, options=how), store)
    assert read(longer) == 220


@pytest.mark.usefixtures("unlocked")
@pytest.mark.parametrize("n", [100, 5000])
def test_without_locks_the_slower_of_two_is_refused(n: int, store: Store) -> None:
    other = pliant.open_store(store.path)

    def meanwhile(progress: PackProgress) -> None:
        if progress.stage == "coding" and len(pliant.open_store(store.path)) == N:
            other.append(rows(50, 2))

    with pytest.raises(SaveError, match="another process has written to it since"):
        store.append(rows(n, 1), replace(SMALL, tell=meanwhile))
    now = pliant.open_store(store.path)
    assert read(now) == len(now) == N + 50
    assert len(list(store.path.glob("blocks-*"))) == 2
    assert read(now.append(rows(n, 1), SMALL)) == N + 50 + n


@pytest.mark.parametrize(
    "act",
    [
        lambda other: other.append(rows(5000, 1), SMALL),
        lambda other: pliant.pack(
            rows(70, 1), target="y", output=other.path, options=PackOptions(overwrite=True)
        ),
    ],
)
def test_an_open_store_has_its_rows_when_all_are_written_anew(
    act: Callable[[Store], Store], store: Store
) -> None:
    longer = store.append(rows(100, 1))
    less = pliant.open_store(store.path, max_open=1)
    new = act(pliant.open_store(store.path))
    assert read(store) == N
    assert read(longer) == N + 100
    with pytest.raises(DataError, match="all its rows were written anew since: open it again"):
        read(less)
    assert read(new) == len(new)
    with pytest.raises(DataError, match="open it again"):
        pickle.loads(pickle.dumps(store)).shard(0)


def test_no_files_stay_open_when_a_store_is_let_go(store: Store) -> None:
    before = os.listdir("/dev/fd")
    for _ in range(3):
        other = copy.deepcopy(pliant.open_store(store.path))
        assert read(other) == N
        del other
    assert len(os.listdir("/dev/fd")) == len(before)


def test_a_store_that_changes_while_it_is_opened(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = store_module.read_manifest
    found = iter([look(store.path)])
    store.append(rows(5000, 1), SMALL)
    monkeypatch.setattr(store_module, "read_manifest", lambda path: next(found, None) or look(path))
    assert read(pliant.open_store(store.path)) == N + 5000


def test_a_link_to_a_store_is_that_store(store: Store, tmp_path: Path) -> None:
    link = tmp_path / "link.codes"
    link.symlink_to(store.path)
    for n in (100, 5000):
        pliant.open_store(link).append(rows(n, n), SMALL)
    assert read(pliant.open_store(store.path)) == N + 5100
    again = replace(SMALL, overwrite=True)
    pliant.pack(rows(70), target="y", output=link, options=again)
    assert link.is_symlink()
    assert read(pliant.open_store(store.path)) == 70
    (tmp_path / "far").mkdir()
    (tmp_path / "new.codes").symlink_to("far/any")
    pliant.pack(rows(70), target="y", output=tmp_path / "new.codes")
    assert (tmp_path / "new.codes").is_symlink()
    assert read(pliant.open_store(tmp_path / "far" / "any")) == 70
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "far",
        "link.codes",
        "new.codes",
        "x.codes",
    ]


def test_the_same_rows_written_anew_are_the_same_store(store: Store) -> None:
    again = replace(SMALL, overwrite=True)
    new = pliant.pack(rows(N), target="y", output=store.path, options=again)
    assert new.identity() == store.identity()
    assert new.append(rows(100, 1)).identity() != store.identity()


def test_what_is_no_part_of_the_store_stays(store: Store) -> None:
    (store.path / "notes.txt").write_text("mine")
    (store.path / "blocks-7.bin").write_text("of a process that was killed")
    again = replace(SMALL, overwrite=True)
    pliant.pack(rows(70), target="y", output=store.path, options=again)
    names = sorted(p.name for p in store.path.iterdir())
    assert names == ["blocks-8.bin", "lock", "notes.txt", "store.zip"]


def test_a_store_that_cannot_be_written_to_is_said(store: Store) -> None:
    (store.path / "lock").mkdir()
    with pytest.raises(SaveError, match=r"expected to write .*x\.codes, but: Is a directory"):
        store.append(rows(100))
