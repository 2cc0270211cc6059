"""The journal of a fit: a folder that gets a file for each finished trial.

    fit.json        what is fitted: a journal serves that fit and no other
    lock            held by the process at work; it is free again when that is gone, however it went
    00000.trial     a trial with its out-of-fold predictions and models, as `artifact.container`
    optuna.log      the same trials in Optuna's words, for its dashboard

A trial is written beside its place, to the disk, and renamed: it is there whole or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Self

from pliant.artifact.codec import ArrayReader, ArrayWriter
from pliant.artifact.container import MISFITS, dumps, read_parts, write_parts
from pliant.atomic import replacing, sync_names
from pliant.errors import ConfigError, ModelFileError, SaveError
from pliant.evaluate import Candidate
from pliant.journal.codec import Step, step_from_json, step_to_json
from pliant.journal.dashboard import Dashboard

FORMAT = 1
SUFFIX = ".trial"
_PARTS = ("trial.json", "arrays.bin")


class Journal:
    """Keeps the trials of a fit in `folder`, and gives those back that are there.

    `identity` says in plain data what is fitted. A context manager: while it is open, no other
    process can open the same folder.

    Raises
    ------
    ConfigError
        When the folder holds the journal of another fit, or another process is at work on it.
    SaveError
        When it cannot be written to.
    """

    def __init__(self, folder: str | Path, identity: Mapping[str, Any]) -> None:
        self._folder = Path(folder)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._lock = _locked(self._folder / "lock")
        except OSError as error:
            if isinstance(error, SaveError):
                raise
            raise SaveError(f"expected to write {folder}, but: {error.strerror}") from None
        try:
            self._claim(json.loads(dumps(identity)))
            self._unread = self._read()
        except BaseException:
            self._lock.close()
            raise
        self._next = len(self._unread)
        self._dashboard = Dashboard(self._folder / "optuna.log")
        self._dashboard.catch_up([step.trial for step in self._unread])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self._lock.close()

    @property
    def more(self) -> bool:
        """Whether there are trials that nobody has asked for yet."""
        return bool(self._unread)

    def recall(self, proposed: Candidate) -> Step | None:
        """Return the step that a proposal became, once; None when there is none."""
        for i, step in enumerate(self._unread):
            if step.proposed == proposed:
                return self._unread.pop(i)
        return None

    def record(self, step: Step) -> None:
        """Keep a finished trial.

        Raises
        ------
        SaveError
            When it cannot be written, for instance because the disk is full.
        """
        arrays = ArrayWriter()
        described = dumps(step_to_json(step, arrays))
        path = self._folder / f"{self._next:05}{SUFFIX}"
        write_parts(path, FORMAT, {"trial.json": described, "arrays.bin": arrays.bytes()})
        self._next += 1
        self._dashboard.add(step.trial)

    def _claim(self, identity: dict[str, Any]) -> None:
        """Say what this journal is of, or check what it says."""
        path = self._folder / "fit.json"
        if not path.exists():
            with replacing(path) as file:
                file.write(dumps(identity))
            sync_names(self._folder.absolute().parent)
            return
        try:
            known = dict(json.loads(path.read_bytes()))
        except (ValueError, TypeError) as error:
            raise ModelFileError(f"expected {path} to say what is fitted ({error})") from None
        differing = [key for key in identity if known.get(key) != identity[key]]
        if differing:
            raise ConfigError(
                f"expected {self._folder} to be the journal of this fit, but it is of one with "
                f"another {' and '.join(differing)}: name another folder, or remove that one"
            )

    def _read(self) -> list[Step]:
        """Return the trials that are there, in their order; a gap or damage is said."""
        paths = sorted(self._folder.glob(f"*{SUFFIX}"))
        steps = []
        for number, path in enumerate(paths):
            if path.name != f"{number:05}{SUFFIX}":
                raise ModelFileError(f"expected {number:05}{SUFFIX} in {self._folder}, found none")
            described, arrays = read_parts(path, FORMAT, _PARTS, "trial")
            try:
                steps.append(step_from_json(json.loads(described), ArrayReader(arrays)))
            except MISFITS as error:
                text = f"{type(error).__name__} {error}"
                raise ModelFileError(f"{path}: the trial does not hold together ({text})") from None
        return steps


def _locked(path: Path) -> IO[bytes]:
    """Return the lock file, held until it is closed or this process has gone."""
    file = path.open("ab")
    try:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:  # Windows: nobody is kept out
        return file
    except OSError:
        file.close()
        raise ConfigError(
            f"expected the journal {path.parent} to be free, but another process is at work on it"
        ) from None
    return file
