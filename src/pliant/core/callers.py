"""Whose code it is that called: warnings point at the user's line, not at one of ours."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

_PACKAGE = str(Path(__file__).parents[1])


def warn(text: str, category: type[Warning]) -> None:
    """Warn at the line outside this package that led here."""
    warnings.warn(text, category, stacklevel=_level())


def _level() -> int:
    """Return at which level of the stack, seen from `warn`, a user's own code is."""
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame, level = frame.f_back, level + 1
    return level
