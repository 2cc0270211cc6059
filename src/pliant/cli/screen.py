"""The screen: one way to print, on which text of a user is never read as markup."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text


def console(stderr: bool = False, width: int | None = None) -> Console:
    """Return a console that prints names, labels and paths as they are.

    Brackets are no styles and ":sun:" is no picture there; what is to be styled is `bold`.
    """
    from rich.console import Console

    return Console(stderr=stderr, width=width, markup=False, emoji=False)


def bold(begin: str, rest: str) -> Text:
    """Return a line that begins in bold letters."""
    from rich.text import Text

    return Text.assemble((begin, "bold"), rest)


def note(text: str) -> None:
    """Say something that is no result, beside the results."""
    typer.echo(text, err=True)
