"""Standard input, output and errors where nobody gave any: services and schedulers close them."""

from __future__ import annotations

import os
import sys

from pliant.core.errors import SaveError

STANDARD = (0, 1, 2)

_HELD: set[int] = set()


def hold_standard() -> None:
    """Open what is closed of the standard descriptors, and the streams on them, on nothing.

    The next file that is opened takes the lowest free number: what a library prints would else go
    into a model file, or into the pipe to a worker.
    """
    for descriptor in STANDARD:
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes this number: all below are open
            _HELD.add(descriptor)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))


def expect_output() -> None:
    """Check that somebody gave a standard output, where it is all that there will be.

    Raises
    ------
    SaveError
        When it is closed: what is written there would be lost without a word.
    """
    if 1 in _HELD:
        raise SaveError("expected an open standard output: use -o FILE")
