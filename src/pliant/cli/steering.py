"""What steers a fit, as options say it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pliant.core.errors import ConfigError

if TYPE_CHECKING:
    from pliant.training.steering import Steering


class Steered(Protocol):
    """Options that steer a fit."""

    @property
    def class_weight(self) -> str | None:
        """What classes count."""
        ...

    @property
    def costs(self) -> Path | None:
        """A file of what mistakes cost."""
        ...

    @property
    def intervals(self) -> bool:
        """Whether it is learned how far off the model is."""
        ...

    @property
    def monotone(self) -> str | None:
        """Which way predictions must go with columns."""
        ...


def steering_of(options: Steered) -> Steering:
    """Return what `--class-weight`, `--costs`, `--intervals` and `--monotone` say.

    Raises
    ------
    ConfigError
        When one cannot be understood, or the file of costs cannot be read.
    """
    from pliant.data.class_weight import parse_class_weight
    from pliant.data.monotone import parse_monotone
    from pliant.training.steering import Steering

    weight, costs = options.class_weight, options.costs
    return Steering(
        None if weight is None else parse_class_weight(weight),
        None if costs is None else _read(costs),
        options.intervals,
        parse_monotone(options.monotone) if options.monotone else {},
    )


def _read(path: Path) -> object:
    """Return what a JSON file holds."""
    try:
        return json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"expected costs in {path}, but: {error.strerror}") from None
    except ValueError as error:
        raise ConfigError(f"expected costs as JSON in {path}, but: {error}") from None
