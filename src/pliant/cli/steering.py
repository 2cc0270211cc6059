"""What steers a fit, as options say it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from pliant.core.errors import ConfigError

if TYPE_CHECKING:
    from pliant.training.steering import Steering


def steering_of(class_weight: str | None, costs: Path | None) -> Steering:
    """Return what `--class-weight` and `--costs` say.

    Raises
    ------
    ConfigError
        When one cannot be understood, or the file of costs cannot be read.
    """
    from pliant.data.class_weight import parse_class_weight
    from pliant.training.steering import Steering

    weights = None if class_weight is None else parse_class_weight(class_weight)
    return Steering(weights, None if costs is None else _read(costs))


def _read(path: Path) -> object:
    """Return what a JSON file holds."""
    try:
        return json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"expected costs in {path}, but: {error.strerror}") from None
    except ValueError as error:
        raise ConfigError(f"expected costs as JSON in {path}, but: {error}") from None
