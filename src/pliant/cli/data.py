"""What `pliant fit` reads: a table in memory, a store, or files that are packed into one first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from glob import has_magic
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from pliant.atomic import scratch_folder
from pliant.errors import ConfigError, DataError
from pliant.memory import give_back

STREAMED = (".zst", ".bz2")
"""How a file is compressed that is read in batches only."""

if TYPE_CHECKING:
    from pliant.request import Request
    from pliant.rows import Rows
    from pliant.runtime.raw import Frame, RawColumn
    from pliant.table.table import Statements
    from pliant.table.task import Task


@dataclass(frozen=True)
class Asked:
    """What is to be read: files or a store, the columns with a role; a store knows its `target`."""

    data: Sequence[str]
    target: str | None
    weight: str | None
    groups: str | None
    time: str | None
    told: Statements


def told_of(columns: Sequence[str] | None) -> Statements:
    """Return what `--columns` states."""
    from pliant.table.stated import parse_columns, stated_columns
    from pliant.table.table import Statements

    return Statements(stated_columns(parse_columns(columns or ())))


def tell_remark(name: str, text: str) -> None:
    """Say what is worth knowing of a column, and how to state it otherwise."""
    typer.echo(f"column {name!r}: {text} (--columns {name}=KIND overrules it)", err=True)


@contextmanager
def opened(
    asked: Asked, request: Request, beside: Path, tell: Callable[[str], None]
) -> Iterator[Rows]:
    """Give the rows to learn from; what had to be packed is removed in the end.

    One file is read into memory where it has room. Others, and several, are packed into a folder
    `beside` the output. `tell` hears of what is done.
    """
    from pliant.store.store import SUFFIX
    from pliant.stream.fits import too_large

    path = Path(asked.data[0])
    reason = "it is not one file that is read as it is"
    if len(asked.data) == 1 and (path.is_dir() or path.suffix == SUFFIX):
        yield _store_rows(asked, path)
        return
    target = asked.target
    if target is None:
        raise ConfigError(
            f"expected --target, the column to predict: a store knows its own, "
            f"but {asked.data[0]} is not one"
        )
    if len(asked.data) == 1 and _is_plain(asked.data[0]):
        reason = too_large(path, request.resources.memory)
        if not reason:
            yield _frame_rows(asked, target, path, request.task)
            return
    typer.echo(f"packing {' '.join(asked.data)} into codes first: {reason}", err=True)
    with _packed(asked, target, request, beside, tell) as rows:
        yield rows


def _is_plain(name: str) -> bool:
    """Return whether a name is that of one file here, which can be read as it is."""
    path = Path(name)
    return "://" not in name and path.suffix.lower() not in STREAMED and not has_magic(path.name)


def _store_rows(asked: Asked, path: Path) -> Rows:
    from pliant.store.store import open_store
    from pliant.stream.sample import StoreRows

    store = open_store(path)
    if asked.target not in (None, store.target_name):
        raise ConfigError(
            f"expected the target {store.target_name!r}, which {path} was packed for, "
            f"got {asked.target!r}"
        )
    given = [n for n in ("weight", "groups", "time") if getattr(asked, n) is not None]
    if given:
        raise ConfigError(f"expected no --{given[0]} for a store: pliant pack has that option")
    return StoreRows(store)


def _frame_rows(asked: Asked, target: str, path: Path, task: Task | None) -> Rows:
    from pliant.roles import learn_roles
    from pliant.rows import FrameRows, Question
    from pliant.runtime.raw import Frame
    from pliant.table.read import Reads, read_frame

    told = replace(asked.told, kept=[asked.time] if asked.time else [])
    as_text = [asked.groups] if asked.groups is not None else []
    as_text += [name for name, stated in told.columns.items() if stated.kind != "number"]
    frame = read_frame(path, Reads(texts=as_text, target=target))
    if target not in frame:
        raise DataError(
            f"expected the target {target!r} to be a column of {path}, which has {_names(frame)}"
        )
    roles, left_out = learn_roles(frame, asked.weight, asked.groups, asked.time)
    left_out.add(target)
    columns = {k: v for k, v in frame.items() if k not in left_out}
    question = Question(target, frame[target])
    if task is None:
        _say_task(target, frame[target])
    told.refuse_unknown(list(frame))
    return FrameRows(Frame(columns, frame.n_rows), question, roles, told)


def _say_task(target: str, column: RawColumn) -> None:
    """Say which task is chosen and why, where numbers leave a choice."""
    from pliant.table.target import tell_task

    said = tell_task(target, column).said(target)
    if said:
        typer.echo(said, err=True)


@contextmanager
def _packed(
    asked: Asked, target: str, request: Request, beside: Path, tell: Callable[[str], None]
) -> Iterator[Rows]:
    """Pack files into a temporary folder, which is removed whatever comes."""
    from pliant.store.packing import PackOptions, PackProgress, pack
    from pliant.store.store import SUFFIX
    from pliant.stream.sample import StoreRows

    def news(now: PackProgress) -> None:
        tell(f"packing: {now.stage}, {now.rows:,} rows, {100 * now.read / max(now.size, 1):.0f} %")

    with scratch_folder(beside / "pliant") as folder:
        store = pack(
            list(asked.data),
            target=target,
            output=folder / f"rows{SUFFIX}",
            task=request.task,
            weight=asked.weight,
            groups=asked.groups,
            time=asked.time,
            options=PackOptions(seed=request.seed, tell=news, columns=asked.told.columns),
        )
        give_back()
        for note in store.manifest.facts.notes:
            typer.echo(note, err=True)
        yield StoreRows(store)


def _names(frame: Frame, most: int = 8) -> str:
    names = [repr(n) for n in frame]
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
