"""Python processes that this one starts: they run nothing of the folder that they are started in.

A file there may have the name of a module of theirs, such as `random.py` or `queue.py`, and be
anything. So they are told where this process found its modules, and look at no variable that says
where.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

_PATH = "import sys, json; sys.path[:] = json.loads(sys.argv.pop()); "


def command(code: str, *arguments: str) -> list[str]:
    """Return the command line of a Python that runs code, with arguments in `sys.argv[1:]`."""
    return [sys.executable, "-P", "-c", _PATH + code, *arguments, json.dumps(_places())]


def environment() -> dict[str, str]:
    """Return the variables of such a process."""
    return {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}


def _places() -> list[str]:
    """Return where it looks for modules: where this process does, but never first in a folder of
    the user, whose `types.py` a process that has begun knows by another name.
    """
    library = os.path.dirname(os.__file__)
    own = (library, os.path.join(library, "lib-dynload"))
    ours = str(Path(__file__).parents[3])
    places = dict.fromkeys([*(str(place) for place in sys.path if place), ours])
    return sorted(places, key=lambda place: place not in own)
