"""What the user allows and asks for: small frozen value objects."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass

from pliant.core.errors import ConfigError, PliantWarning
from pliant.core.memory import parse_bytes
from pliant.core.processors import bound, processors, processors_of

_UNITS = {
    "ns": 1e-9,
    "us": 1e-6,
    "µs": 1e-6,
    "ms": 0.001,
    "s": 1.0,
    "m": 60.0,
    "min": 60.0,
    "h": 3600.0,
}


def parse_seconds(text: str | float) -> float:
    """Return seconds from a number of seconds or a text such as "90s", "5m", "1.5h" or "100us".

    Raises
    ------
    ConfigError
        When the text is no positive duration.

    Examples
    --------
    >>> parse_seconds("90s"), parse_seconds("5m"), parse_seconds(2)
    (90.0, 300.0, 2.0)
    """
    match = re.fullmatch(
        r"\s*([0-9]*\.?[0-9]+(?:e-?[0-9]+)?)\s*(ns|us|µs|ms|s|m|min|h)?\s*", str(text)
    )
    seconds = float(match[1]) * _UNITS[match[2] or "s"] if match else 0.0
    if not 0 < seconds < float("inf"):
        raise ConfigError(f'expected a duration such as "90s" or "5m", got {text!r}')
    return seconds


def parse_share(text: str | float) -> float:
    """Return a share from a number such as 0.002 or a text such as "0.2%".

    Raises
    ------
    ConfigError
        When the text is no share, at least 0 and below 1.

    Examples
    --------
    >>> parse_share("0.2%"), parse_share(0.01)
    (0.002, 0.01)
    """
    match = re.fullmatch(r"\s*([0-9]*\.?[0-9]+(?:e-?[0-9]+)?)\s*(%?)\s*", str(text))
    share = float(match[1]) / (100 if match[2] else 1) if match else -1.0
    if not 0 <= share < 1:
        raise ConfigError(f'expected a share such as "0.2%" or 0.002, got {text!r}')
    return share


@dataclass(frozen=True)
class Budget:
    """How much search is allowed: seconds of wall clock, a number of trials, or both.

    A budget in trials alone asks no clock: the same seed then gives the same model.
    """

    seconds: float | None = 60.0
    trials: int | None = None

    def __post_init__(self) -> None:
        if self.seconds is None and self.trials is None:
            raise ConfigError("expected a budget in seconds or in trials, got neither")
        if self.trials is not None and self.trials < 1:
            raise ConfigError(f"expected at least 1 trial, got {self.trials}")

    @classmethod
    def of(cls, budget: str | float | None, trials: int | None) -> Budget:
        """Return the budget for what a user wrote; 60 s when nothing was said."""
        if budget is None:
            return cls(None if trials is not None else 60.0, trials)
        return cls(parse_seconds(budget), trials)

    def part(self, share: float) -> Budget:
        """Return the budget with a share of its seconds."""
        return self if self.seconds is None else Budget(share * self.seconds, self.trials)

    def described(self) -> str:
        """Return the budget as a person would say it.

        Examples
        --------
        >>> Budget(90.0, 20).described()
        '90 s, 20 trials'
        """
        seconds = [] if self.seconds is None else [f"{self.seconds:g} s"]
        trials = [] if self.trials is None else [f"{self.trials} trials"]
        return ", ".join(seconds + trials)


@dataclass(frozen=True)
class Limits:
    """What a model may cost; None where there is no limit.

    Parameters
    ----------
    latency : str, float or None, default None
        Most time from one row to its prediction, the median: "100us", or seconds.
    size : str, float or None, default None
        Most bytes of the model file: "500kB", or a number of bytes.
    loss : str, float or None, default None
        Most of the ensemble's score that may be given up for it: "0.2%", or 0.002.

    Raises
    ------
    ConfigError
        When one is no positive time or size, or no share below 1.

    Examples
    --------
    >>> limits = Limits("2ms", "500kB", "0.2%")
    >>> limits.seconds, limits.bytes, limits.share
    (0.002, 500000, 0.002)
    """

    latency: str | float | None = None
    size: str | float | None = None
    loss: str | float | None = None

    def __post_init__(self) -> None:
        self.described()  # what cannot be understood is said here

    @property
    def seconds(self) -> float | None:
        """The most seconds of one row."""
        return None if self.latency is None else parse_seconds(self.latency)

    @property
    def bytes(self) -> int | None:
        """The most bytes of the file."""
        return None if self.size is None else parse_bytes(self.size)

    @property
    def share(self) -> float | None:
        """The most of the score that may be given up, as a share of it."""
        return None if self.loss is None else parse_share(self.loss)

    def described(self) -> str:
        """Return the limits as a person would say them.

        Examples
        --------
        >>> Limits(1e-4, 500_000, "0.2%").described()
        '100 us a row, 500 kB, a loss of 0.2 %'
        """
        latency = [] if self.seconds is None else [f"{1e6 * self.seconds:.3g} us a row"]
        size = [] if self.bytes is None else [f"{self.bytes / 1e3:.3g} kB"]
        loss = [] if self.share is None else [f"a loss of {100 * self.share:.3g} %"]
        return ", ".join(latency + size + loss)

    def refuse_none(self) -> None:
        """Raise ConfigError when nothing is limited.

        Examples
        --------
        >>> Limits().refuse_none()
        Traceback (most recent call last):
        pliant.core.errors.ConfigError: expected a limit: a latency, a size or a loss
        """
        if not self.described():
            raise ConfigError("expected a limit: a latency, a size or a loss")


def refuse_below_one(value: object) -> None:
    """Raise ConfigError unless all fields of a value are whole numbers of at least 1."""
    for name, number in vars(value).items():
        if type(number) is not int or number < 1:
            raise ConfigError(
                f"expected a whole number from 1 on as {name} of {type(value).__name__}, "
                f"got {number!r}"
            )


@dataclass(frozen=True)
class Resources:
    """What may be used: `threads` in all, None for every processor; an engine; bytes of memory.

    `engine` is a name or an address of `pliant.training.engines.select`. `workers` is how many fits
    there may be at once on this machine, None for as many as threads.
    """

    threads: int | None = None
    engine: str = "auto"
    memory: int | None = None
    workers: int | None = None

    def __post_init__(self) -> None:
        if self.threads is not None and self.threads < 1:
            raise ConfigError(f"expected at least 1 thread, got {self.threads}")

    @classmethod
    def of(
        cls, n_jobs: int | None, engine: str = "auto", memory: str | float | None = None
    ) -> Resources:
        """Return what an estimator is told: scikit-learn's `n_jobs`, and bytes as text or number.

        Of a cluster that is as many workers as `n_jobs` says, of this machine no more threads than
        it has processors, with a warning where more are asked for, since fits would only get into
        each other's way.

        Examples
        --------
        >>> Resources.of(1, "local", "4GB")
        Resources(threads=1, engine='local', memory=4000000000, workers=None)
        """
        threads = processors_of(n_jobs)
        if threads is not None and not _is_cluster(engine) and threads > bound():
            warnings.warn(
                f"expected at most {bound()} threads, as many as there are processors for this "
                f"process, got {threads}; {bound()} are used",
                PliantWarning,
                stacklevel=3,
            )
            threads = bound()
        return cls(threads, engine, None if memory is None else parse_bytes(memory))

    @property
    def processors(self) -> int:
        """The threads, or as many as this process may use processors."""
        return self.threads or processors()


def _is_cluster(engine: str) -> bool:
    return engine in ("ray", "dask") or "://" in engine
