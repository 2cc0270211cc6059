"""What search, journal and trainer ask of all that learns, be it from codes or from own rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from pliant.features.block import View
from pliant.models.base import Allowance, Shape
from pliant.models.family import Default
from pliant.models.space import Space


class Learner(Protocol):
    """What learns, and says of itself what there is to try and what that costs.

    A `models.family.Family` is one that learns from codes and leaves ops. One that takes rows as
    their owner has them, as `models.foreign.EstimatorLearner`, leaves a model of its own kind. The
    objective that names a learner (`training.objective`) has its rows, and scores its models.

    Examples
    --------
    >>> from pliant.models.registry import FAMILIES
    >>> learner: Learner = FAMILIES["linear"]
    >>> learner.settings(learner.configured({"C": 0.5}))
    {'C': 0.5, 'pieces': 8}
    """

    @property
    def name(self) -> str:
        """What leaderboards call it."""
        ...

    @property
    def defaults(self) -> Mapping[str, Default]:
        """Strong configurations by label, the best first; all of one frozen dataclass."""
        ...

    @property
    def space(self) -> Space:
        """What is searched."""
        ...

    @property
    def package(self) -> str:
        """The module that it trains with."""
        ...

    @property
    def import_seconds(self) -> float:
        """What the first import of that takes."""
        ...

    @property
    def bytes_per_cell(self) -> float:
        """About how many bytes a fit takes for each value of its training rows."""
        ...

    @property
    def view(self) -> View:
        """How it sees a table, where that is its own way."""
        ...

    @property
    def anytime(self) -> bool:
        """Whether a fit takes all the seconds that it has."""
        ...

    def seconds(self, config: Any, shape: Shape) -> float:
        """Return about how long a fit takes on one slow core."""
        ...

    def expected_rounds(self, config: Any) -> float:
        """Return how many rounds these seconds are foretold for; 0 where it has none."""
        ...

    def cheaper(self, config: Any, factor: float) -> Any:
        """Return a configuration that takes about `factor` times less, as far as one can."""
        ...

    def configured(self, settings: Mapping[str, Any]) -> Any:
        """Return the best default with other values of what is searched, by name."""
        ...

    def settings(self, config: Any) -> dict[str, Any]:
        """Return the values of what is searched, by name, as far as a configuration has them."""
        ...

    def fit(self, data: Any, config: Any, allowance: Allowance) -> Any:
        """Return the fitted model."""
        ...
