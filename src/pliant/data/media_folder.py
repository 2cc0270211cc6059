"""A folder of images or sounds as a table: a row a file, its class the folder that it lies in."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

from pliant.data.foreign import refusing
from pliant.runtime.media.blobs import IMAGE_SUFFIXES, SOUND_SUFFIXES

FILE, LABEL = "file", "label"
"""The columns of such a table, unless the target has another name."""


def media_listing(path: str, label: str = LABEL) -> bytes:
    """Return the table of a folder of images or sounds as JSON Lines; nothing where it holds none.

    Its columns are "file", relative to the folder, and `label`, the name of the first folder on the
    way to the file; of files in the folder itself, where there are no others, there is no label. Of
    images and sounds those are listed that are more.
    """
    found = sorted(_files(Path(path)))
    images = [name for name in found if name.lower().endswith(IMAGE_SUFFIXES)]
    sounds = [name for name in found if name.lower().endswith(SOUND_SUFFIXES)]
    names = images if len(images) >= len(sounds) else sounds
    rows = [{FILE: name, label: name.split(os.sep)[0]} for name in names if os.sep in name]
    return "\n".join(map(json.dumps, rows or [{FILE: name} for name in names])).encode()


def _files(folder: Path) -> Iterator[str]:
    """Give the files in a folder and below, relative to it; hidden ones are passed over."""
    with refusing(str(folder), "folder"):
        for place, folders, files in os.walk(folder):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for name in files:
                if not name.startswith("."):
                    yield os.path.relpath(os.path.join(place, name), folder)
