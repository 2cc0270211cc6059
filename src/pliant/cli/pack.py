"""`pliant pack`: from files of any size to a store of codes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pliant.cli.options import COLUMNS_HELP, ENCODING, MISSING_FILES, stated
from pliant.cli.screen import console, note
from pliant.cli.store import tell_store
from pliant.core.errors import ConfigError

if TYPE_CHECKING:
    from pliant.data.store.packing import PackProgress
    from pliant.data.store.store import Store


@dataclass(frozen=True)
class PackArguments:
    """The options of `pliant pack`."""

    data: Annotated[
        list[str],
        typer.Argument(
            help="CSV, Parquet, Arrow or JSON Lines files, globs or URLs; also .gz, .zst, .bz2."
        ),
    ]
    target: Annotated[str | None, typer.Option("--target", "-t", help="Column to predict.")] = None
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Store to write; its name ends in .codes.")
    ] = None
    append: Annotated[
        Path | None, typer.Option(help="Store to add the rows to, by the codebooks it has.")
    ] = None
    task: Annotated[
        str | None, typer.Option(help="binary, multiclass or regression; inferred by default.")
    ] = None
    weight: Annotated[str | None, typer.Option(help="Column that says how much a row counts.")] = (
        None
    )
    groups: Annotated[str | None, typer.Option(help="Column whose groups belong together.")] = None
    time: Annotated[str | None, typer.Option(help="Column that says when a row was.")] = None
    encoding: Annotated[str | None, ENCODING] = None
    missing_files: Annotated[str, MISSING_FILES] = "refuse"
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse a word among numbers; else it is missing.")
    ] = False
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the store that is there.")
    ] = False
    columns: Annotated[list[str] | None, typer.Option(help=COLUMNS_HELP)] = None
    seed: Annotated[int, typer.Option(help="What dealing rows to shards starts from.")] = 0
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, no tables.")] = (
        False
    )


def pack(options: PackArguments) -> None:
    """Pack a table of any size into a folder of codes, several times smaller, to fit from.

    Files are read twice in batches: memory does not grow with them.
    """
    with _progress(options.as_json) as tell:
        store = _packed(options, tell)
    tell_store(store, options.as_json)


def _packed(options: PackArguments, tell: Callable[[PackProgress], None]) -> Store:
    from pliant.data.store.packing import PackOptions
    from pliant.data.store.packing import pack as write
    from pliant.data.store.store import open_store
    from pliant.data.task import task_named
    from pliant.runtime.media.places import missing_files_named

    columns = stated(options.columns)
    how = PackOptions(
        options.strict,
        options.overwrite,
        options.seed,
        tell,
        columns,
        missing_files=missing_files_named(options.missing_files),
    )
    if options.append is not None:
        if options.target or options.output:
            raise ConfigError("expected --append alone: a store knows its target and its place")
        return open_store(options.append).append(options.data, how, options.encoding)
    if options.target is None or options.output is None:
        raise ConfigError("expected --target and --output, or --append")
    return write(
        options.data,
        target=options.target,
        output=options.output,
        task=task_named(options.task),
        weight=options.weight,
        groups=options.groups,
        time=options.time,
        encoding=options.encoding,
        options=how,
    )


@contextmanager
def _progress(quiet: bool) -> Iterator[Callable[[PackProgress], None]]:
    """Draw bytes, rows and time left on a terminal; both passes read all bytes."""
    screen = console(stderr=True)
    if quiet or not screen.is_terminal:
        yield _say_waiting()
        return
    from rich import progress as bars

    columns: list[Any] = [
        bars.TextColumn("{task.description:<8}"),
        bars.BarColumn(30),
        bars.TaskProgressColumn(),
        bars.DownloadColumn(),
        bars.TextColumn("{task.fields[rows]:,} rows"),
        bars.TimeRemainingColumn(),
    ]
    with bars.Progress(*columns, console=screen, transient=True) as drawn:
        task = drawn.add_task("looking", total=None, rows=0)

        def tell(now: PackProgress) -> None:
            done = now.read + (now.size if now.stage == "coding" else 0)
            drawn.update(
                task, total=2 * now.size, completed=done, rows=now.rows, description=now.stage
            )

        yield tell


def _say_waiting() -> Callable[[PackProgress], None]:
    """Return what says once that another process holds the store."""
    said: list[str] = []

    def tell(now: PackProgress) -> None:
        if now.stage == "waiting" and not said:
            said.append(now.stage)
            note("waiting: another process writes to the store")

    return tell
