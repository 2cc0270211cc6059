"""Commands whose options are a dataclass: one place for names, types, defaults and help."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import MISSING, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

from pliant.atomic import where_links_lead
from pliant.errors import ConfigError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Options = TypeVar("Options", bound="DataclassInstance")


COLUMNS_HELP = (
    "What a column is, NAME=number, category, time, text or ignore, where that is not to be "
    "recognised; NAME=number:, by its decimal mark, NAME=time:%d.%m.%Y by its format; repeatable."
)


def output_path(given: Path | None, default: Path) -> Path:
    """Return where a model goes; that it can go there is checked before any work.

    Raises
    ------
    ConfigError
        When it is a folder, or lies in none.
    """
    output = given or default
    if output.is_dir() or not where_links_lead(output).absolute().parent.is_dir():
        raise ConfigError(f"expected the output to be a file in a folder that exists, got {output}")
    return output


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
        run(options(**values))

    called.__name__ = run.__name__
    called.__doc__ = run.__doc__
    called.__dict__["__signature__"] = inspect.Signature(parameters)
    called.__annotations__ = {p.name: p.annotation for p in parameters}
    return called
