"""Commands whose options are a dataclass: one place for names, types, defaults and help."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Options = TypeVar("Options", bound="DataclassInstance")


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
