"""What a model family is: it describes itself, and whoever plans, searches or trains asks it.

A family trains with whatever library it likes and returns ops: arrays that the program runs. What
is scored during a search is those ops, so what is measured is what ships.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from pliant.features.block import View
from pliant.models.base import Allowance, Data, Fitted, Shape
from pliant.models.space import Space

if TYPE_CHECKING:
    from pliant.models.learner import Learner

RANK = 35.0
"""When the defaults of a family are tried that says nothing: after the best of ours."""


@dataclass(frozen=True)
class Default:
    """A strong configuration, tried before any search.

    Those with a lower `rank` come first (ours have 0 to 170). `views` has the rank at which it is
    tried again with pairs of columns as features besides ("crossed", "arithmetic").

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> from pliant import Default
    >>> @dataclass(frozen=True)
    ... class NearestConfig:
    ...     neighbours: int = 20
    >>> Default(NearestConfig(), rank=25).config.neighbours
    20
    """

    config: Any
    rank: float = RANK
    views: Mapping[View, float] = field(default_factory=dict)


class Family(ABC):
    """A kind of model.

    Attributes
    ----------
    name : str
        What users and leaderboards call it: one word.
    defaults : mapping of str to Default
        Strong configurations by label, the best first; all of one frozen dataclass.
    space : mapping of str to Float, Int or Choice
        What of a configuration is searched, by the names of its fields; by default nothing.
    package : str, default "numpy"
        The module that it trains with, imported when it is first used.
    extra : str, default ""
        The extra of pliant that installs that module, if one does.
    import_seconds : float, default 1.0
        What the first import takes (`python -X importtime`, two slow cores).
    averaged : bool, default False
        Whether the models of several folds do better together than one on all rows.
    per_class : bool, default False
        Whether a round takes a tree for each class, so that with many classes others come first.
    monotone : bool, default False
        Whether its models keep to `Feature.monotone`: predictions that only rise, or only fall,
        with the codes of a feature. Where that is asked for, others are left out.
    view : str, default "plain"
        How it sees tables: "grams" where it reads the grams of free text itself, "grids" where it
        reads the pixels of images and the bands of sounds. A table without such columns is then
        seen plainly, where no other family is asked for.
    anytime : bool, default False
        Whether a fit takes all the seconds that it has and is the better for each of them, so that
        where seconds are few one fit on nearly all rows is worth more than folds.
    member_gain : float, default 2e-4
        Of an ensemble's loss, what one more of its models must gain to be a member: it costs bytes,
        and time a row.
    bytes_per_cell : float, default 16.0
        About how many bytes a fit takes for each value of its training table
        (`benchmarks/scaling/memory.py`).

    Examples
    --------
    The base rate alone, for two classes (docs/families.md has one that learns):

    >>> from dataclasses import dataclass
    >>> import numpy as np, pliant
    >>> from pliant.models.base import Fitted, link_of, tables_op
    >>> @dataclass(frozen=True)
    ... class RateConfig:
    ...     pass
    >>> class Rate(pliant.Family):
    ...     name = "rate"
    ...     defaults = {"default": pliant.Default(RateConfig())}
    ...
    ...     def fit(self, data, config, allowance):
    ...         tables = [np.zeros((feature.n_codes, 1)) for feature in data.features]
    ...         bias = np.array([np.log(data.target.values.mean() * 2)])
    ...         return Fitted((tables_op(tables, bias),), link_of("binary"))
    >>> rows, labels = {"age": [23, 61, 35, 70] * 9}, ["no", "yes", "no", "yes"] * 9
    >>> model = pliant.Classifier(trials=1, models=[Rate()]).fit(rows, labels)
    >>> model.predict_proba({"age": 30}).tolist()
    [[0.5, 0.5]]
    """

    name: ClassVar[str]
    defaults: ClassVar[Mapping[str, Default]]
    space: ClassVar[Space] = MappingProxyType({})
    package: ClassVar[str] = "numpy"
    extra: ClassVar[str] = ""
    import_seconds: ClassVar[float] = 1.0
    averaged: ClassVar[bool] = False
    per_class: ClassVar[bool] = False
    monotone: ClassVar[bool] = False
    view: ClassVar[View] = "plain"
    anytime: ClassVar[bool] = False
    member_gain: ClassVar[float] = 2e-4
    bytes_per_cell: ClassVar[float] = 16.0

    def seconds(self, config: Any, shape: Shape) -> float:
        """Return about how long a fit takes on one slow core, import of the library left out.

        What was measured corrects it: by default a microsecond a row, feature and output.
        """
        return 1e-6 * shape.rows * shape.features * shape.outputs

    def expected_rounds(self, config: Any) -> float:
        """Return how many rounds the seconds of a fit are foretold for, where it stops early; 0
        where a fit of more rounds takes no longer, since it has none: that is the default.
        """
        return 0.0

    def cheaper(self, config: Any, factor: float) -> Any:
        """Return a configuration that takes about `factor` times less, as far as one can; by
        default the same.
        """
        return config

    def settled(self, config: Any, fits: Sequence[Fitted]) -> Any:
        """Return a configuration for all rows, of which none are held out, after fits of it on
        splits: with what these chose on their held-out rows. By default it is the same.
        """
        return config

    def configured(self, settings: Mapping[str, Any]) -> Any:
        """Return the best default with other values of what is searched, by name."""
        return replace(default_config(self), **settings)

    def settings(self, config: Any) -> dict[str, Any]:
        """Return the values of what is searched, by name, as far as a configuration has them."""
        return {name: value for name, value in asdict(config).items() if name in self.space}

    @abstractmethod
    def fit(self, data: Data, config: Any, allowance: Allowance) -> Fitted:
        """Return the fitted model; what there is at the deadline of the allowance is one."""


class IncrementalFamily(Family):
    """A family whose models can learn from block after block of rows, one in memory at a time.

    `bytes_per_block_cell` is about how many bytes that takes for each value of a block, the rows'
    own features among them; twice `OUTPUT_BYTES` for each of their outputs come on top.
    `data_parallel` says that `partial_fit` heeds `allowance.group`: several processes, each with a
    share of the rows, then make the same model of all rows together. What they send each other is
    sums, never rows; `exchanged_bytes` says how much (`testing.check_together` is the contract).

    Examples
    --------
    >>> import pliant
    >>> from pliant.models.registry import FAMILIES
    >>> [name for name, f in FAMILIES.items() if isinstance(f, pliant.IncrementalFamily)]
    ['additive', 'lightgbm', 'catboost', 'linear', 'xgboost']
    """

    bytes_per_block_cell: ClassVar[float]
    data_parallel: ClassVar[bool] = False

    @abstractmethod
    def partial_fit(
        self, fitted: Fitted | None, data: Data, config: Any, allowance: Allowance
    ) -> Fitted:
        """Return the model after `allowance.rounds` further rounds on the training rows.

        None stands for a model that has not begun.
        """

    def exchanged_bytes(self, config: Any, n_codes: int, n_outputs: int) -> int:
        """Return about how many bytes of sums processes of a group add up in a round, where the
        features have so many codes in all; by default none, as no group is heeded.
        """
        return 0


def default_config(family: Learner) -> Any:
    """Return the best of a learner's defaults."""
    return next(iter(family.defaults.values())).config
