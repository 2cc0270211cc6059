"""Where the paths in a table begin: in the folder of its files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile

from pliant.data.labels import Labels
from pliant.data.locate import Located
from pliant.runtime.media.places import Folder, MissingFiles
from pliant.runtime.raw import Frame, Strings


def folder_of(files: Sequence[Located], missing: MissingFiles = "refuse") -> Folder:
    """Return the folder of files; of several folders, the one that holds all of them."""
    folders = {file.folder for file in files}
    if len(folders) == 1:
        return Folder(folders.pop(), missing)
    if any("://" in folder for folder in folders):
        return Folder("/".join(_alike([folder.split("/") for folder in folders])), missing)
    return Folder(os.path.commonpath([os.path.abspath(folder) for folder in folders]), missing)


def _alike(parts: Sequence[Sequence[str]]) -> list[str]:
    """Return how all of them begin."""
    steps = takewhile(lambda step: len(set(step)) == 1, zip(*parts, strict=False))
    return [step[0] for step in steps]


def in_folder(frame: Frame, folder: Folder) -> Frame:
    """Return the frame, its columns of words saying where paths in them begin."""
    columns = {
        name: replace(column, folder=folder)
        if isinstance(column, Strings) and not isinstance(column, Labels)
        else column
        for name, column in frame.items()
    }
    return Frame(columns, frame.n_rows)


def in_memory(frame: Frame, missing: MissingFiles) -> Frame:
    """Return the frame of a table in memory with what becomes of files that do not exist."""
    return frame if missing == "refuse" else in_folder(frame, Folder(missing=missing))
