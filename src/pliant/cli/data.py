"""What `pliant fit` reads: a table in memory, a store, or files that are packed into one first."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pliant.cli.screen import note
from pliant.core.atomic import scratch_folder
from pliant.core.errors import ConfigError, DataError
from pliant.core.memory import give_back

if TYPE_CHECKING:
    from pliant.data.locate import Located
    from pliant.data.provenance import NamedRows
    from pliant.data.table import Statements
    from pliant.data.task import Task
    from pliant.ensemble.incremental.rows import Rows
    from pliant.runtime.raw import Frame, RawColumn
    from pliant.training.request import Request


@dataclass(frozen=True)
class Asked:
    """What is to be read, and the column to predict: `files`, or no one but a store.

    A store knows its `target`.
    """

    named: NamedRows
    files: Sequence[Located]
    target: str | None
    told: Statements


def find(named: NamedRows, target: str | None, told: Statements) -> Asked:
    """Return what is to be read, its files found.

    Raises
    ------
    DataError
        When there is no such file, or no store.
    """
    from pliant.data.locate import locate
    from pliant.data.store.store import SUFFIX

    places = named.places
    store = len(places) == 1 and (os.path.isdir(places[0]) or places[0].endswith(SUFFIX))
    return Asked(named, () if store else locate(places, named.encoding), target, told)


def told_of(columns: Sequence[str] | None) -> Statements:
    """Return what `--columns` states."""
    from pliant.data.stated import parse_columns, stated_columns
    from pliant.data.table import Statements

    return Statements(stated_columns(parse_columns(columns or ())))


def tell_remark(name: str, text: str) -> None:
    """Say what is worth knowing of a column, and how to state it otherwise."""
    note(f"column {name!r}: {text} (--columns {name}=KIND overrules it)")


@contextmanager
def opened(
    asked: Asked, request: Request, beside: Path, tell: Callable[[str], None]
) -> Iterator[Rows]:
    """Give the rows to learn from; what had to be packed is removed in the end.

    Files are read into memory where it has room. Others are packed into a folder `beside` the
    output. `tell` hears of what is done.
    """
    from pliant.ensemble.incremental.fits import too_large

    if not asked.files:
        yield _store_rows(asked, Path(asked.named.places[0]))
        return
    target = asked.target
    if target is None:
        raise ConfigError(
            f"expected --target, the column to predict: a store knows its own, "
            f"but {asked.named.places[0]} is not one"
        )
    reason = too_large(asked.files, request.resources.memory)
    if not reason:
        yield _frame_rows(asked, target, request.task)
        return
    note(f"packing {' '.join(asked.named.places)} into codes first: {reason}")
    with _packed(asked, target, request, beside, tell) as rows:
        yield rows


def _store_rows(asked: Asked, path: Path) -> Rows:
    from pliant.data.store.store import open_store
    from pliant.ensemble.incremental.sample import StoreRows

    store = open_store(path)
    if asked.target not in (None, store.target_name):
        raise ConfigError(
            f"expected the target {store.target_name!r}, which {path} was packed for, "
            f"got {asked.target!r}"
        )
    options = ("weight", "groups", "time", "encoding")
    given = [n for n in options if getattr(asked.named, n) is not None]
    if given:
        raise ConfigError(f"expected no --{given[0]} for a store: pliant pack has that option")
    return StoreRows(store)


def _frame_rows(asked: Asked, target: str, task: Task | None) -> Rows:
    from pliant.data.read import Reads, frame_of
    from pliant.data.roles import learn_roles
    from pliant.ensemble.incremental.rows import FrameRows, Question
    from pliant.runtime.raw import Frame

    named = asked.named
    told = replace(asked.told, kept=[named.time] if named.time else [])
    as_text = [named.groups] if named.groups is not None else []
    as_text += [name for name, stated in told.columns.items() if not stated.numeric]
    frame = frame_of(asked.files, Reads(texts=as_text, target=target), note)
    if target not in frame:
        raise DataError(
            f"expected the target {target!r} to be a column of {' '.join(named.places)}, "
            f"which has {_names(frame)}"
        )
    roles, left_out = learn_roles(frame, named.weight, named.groups, named.time)
    left_out.add(target)
    columns = {k: v for k, v in frame.items() if k not in left_out}
    question = Question(target, frame[target])
    if task is None:
        _say_task(target, frame[target])
    told.refuse_unknown(list(frame))
    return FrameRows(Frame(columns, frame.n_rows), question, roles, told)


def _say_task(target: str, column: RawColumn) -> None:
    """Say which task is chosen and why, where numbers leave a choice."""
    from pliant.data.target import tell_task

    said = tell_task(target, column).said(target)
    if said:
        note(said)


@contextmanager
def _packed(
    asked: Asked, target: str, request: Request, beside: Path, tell: Callable[[str], None]
) -> Iterator[Rows]:
    """Pack files into a temporary folder, which is removed whatever comes."""
    from pliant.data.store.packing import PackOptions, PackProgress, pack
    from pliant.data.store.store import SUFFIX
    from pliant.ensemble.incremental.sample import StoreRows

    def news(now: PackProgress) -> None:
        tell(f"packing: {now.stage}, {now.rows:,} rows, {100 * now.read / max(now.size, 1):.0f} %")

    named = asked.named
    with scratch_folder(beside / "pliant") as folder:
        store = pack(
            list(named.places),
            target=target,
            output=folder / f"rows{SUFFIX}",
            task=request.task,
            weight=named.weight,
            groups=named.groups,
            time=named.time,
            encoding=named.encoding,
            options=PackOptions(seed=request.seed, tell=news, columns=asked.told.columns),
        )
        for said in store.manifest.facts.notes:
            note(said)
        give_back()
        yield StoreRows(store)


def _names(frame: Frame, most: int = 8) -> str:
    names = [repr(n) for n in frame]
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
