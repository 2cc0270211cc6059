"""Commands whose options are a dataclass: one place for names, types, defaults and help."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Sequence
from dataclasses import MISSING, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

import typer

from pliant.cli.screen import note
from pliant.cli.stopping import STOPPING
from pliant.core.atomic import refuse_unwritable, where_links_lead
from pliant.core.errors import ConfigError, PliantError
from pliant.core.temporary import lend

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from pliant.data.dataset import Dataset
    from pliant.data.stated import Stated

Options = TypeVar("Options", bound="DataclassInstance")


COLUMNS_HELP = (
    "What a column is, NAME=number, category, time, text, image, audio or ignore, where that is "
    "not to be recognised; NAME=number:, by its decimal mark, NAME=time:%d.%m.%Y by its format, "
    "NAME=image:48 by its size; repeatable."
)

MISSING_FILES: Any = typer.Option(
    help="allow: an image or a sound whose file does not exist is a missing value; or refuse it."
)
"""The option of every command that reads images and sounds."""

ENCODING: Any = typer.Option(
    help="Encoding of text that is not UTF-8 and has no mark, such as cp1252 or gb18030."
)
"""The option of every command that reads files."""


def output_path(
    given: Path | None, default: Path, model: Path | None = None, data: Sequence[str] = ()
) -> Path:
    """Return where a file goes; that it can go there is checked before any work.

    `model` and `data` are what the command reads, which it does not write over.

    Its folder is there for temporary files too, where the system has none.

    Raises
    ------
    ConfigError
        When it is a folder, lies in none, or is what is read.
    SaveError
        When nothing can be written there.
    """
    output = given or default
    if os.path.isdir(output) or not os.path.isdir(where_links_lead(output).absolute().parent):
        raise ConfigError(f"expected the output to be a file in a folder that exists, got {output}")
    if os.path.exists(output):
        refuse_input(output, [*([] if model is None else [model]), *_files(data)])
    refuse_unwritable(output)
    lend(output.absolute().parent)
    return output


def refuse_input(output: Path, files: Sequence[Path]) -> None:
    """Raise ConfigError when an output is one of the files that are read, by any of its names."""
    for read in files:
        if os.path.exists(output) and os.path.exists(read) and os.path.samefile(output, read):
            raise ConfigError(f"expected the output to be another file than {read}, an input")


def _files(places: Sequence[str]) -> list[Path]:
    """Return the files here that places name; of places that cannot be read, none."""
    from pliant.data.locate import locate

    if not places or os.path.isdir(places[0]):
        return []
    try:
        return [file.here for file in locate(places) if file.here]
    except PliantError:  # said when they are read
        return []


def rows_of(
    places: Sequence[str],
    encoding: str | None,
    missing_files: str = "refuse",
    target: str | None = None,
) -> Dataset:
    """Return the files that hold rows to predict or to score, found but not read.

    `target` names the classes of a folder of images or sounds.
    """
    from pliant.data.opening import open_data
    from pliant.runtime.media.places import missing_files_named

    allowed = missing_files_named(missing_files)
    given = list(places) if len(places) > 1 else places[0]
    return open_data(given, target, encoding=encoding, missing_files=allowed, tell=note)


def stated(columns: Sequence[str] | None) -> dict[str, Stated]:
    """Return what `--columns` states."""
    from pliant.data.stated import parse_columns, stated_columns

    return stated_columns(parse_columns(columns or ()))


def command(options: type[Options], run: Callable[[Options], None]) -> Callable[..., None]:
    """Return a function that Typer reads as a command: a parameter for each field of `options`.

    A field's type is `Annotated[type, typer.Option(...)]`; the help is the docstring of `run`.
    """
    hints = get_type_hints(options, include_extras=True)
    parameters = [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if field.default is MISSING else field.default,
            annotation=hints[field.name],
        )
        for field in fields(options)
    ]

    def called(**values: Any) -> None:
        try:
            run(options(**values))
        except KeyboardInterrupt:
            raise STOPPING.exit() from None

    called.__name__ = run.__name__
    called.__doc__ = run.__doc__
    called.__dict__["__signature__"] = inspect.Signature(parameters)
    called.__annotations__ = {p.name: p.annotation for p in parameters}
    return called
