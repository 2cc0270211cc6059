"""A member: one model of an ensemble, what it is, and where in the program it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pliant.core.errors import ModelFileError
from pliant.runtime.ops import Op
from pliant.runtime.program import makers


@dataclass(frozen=True)
class Places:
    """The wires of a program between which a member stands.

    `features` carries the uint8 features that it reads, "" where it reads none, `score` what its
    own ops make of them, and `output` its predictions, in the target's unit.
    """

    features: str
    score: str
    output: str

    def renamed(self, prefix: str) -> Places:
        """Return the same where all wires carry a prefix."""
        features = f"{prefix}.{self.features}" if self.features else ""
        return Places(features, f"{prefix}.{self.score}", f"{prefix}.{self.output}")


@dataclass(frozen=True)
class Member:
    """One model of an ensemble.

    Attributes
    ----------
    name : str
        Its family and label, as in the leaderboard.
    weight : float
        Its share of the prediction. Of a cascade, of the prediction of its stage.
    places : Places
        Where it stands in the program: what it computes is not stored a second time.
    family, config, view : str, mapping, str
        How it was made: its configuration as plain data, and how it saw the table.
    trial : int or None
        The trial that it comes from; None for a student, which none was.
    rounds : int
        Rounds of boosting, 0 for families without.
    rows : int
        The training rows that it has learned from, about.
    refitted : bool
        Whether these are all rows; else those of one split.
    stage : int
        Of a cascade, 0 for what answers first and 1 for what is asked where that is unsure.
    """

    name: str
    weight: float
    places: Places
    family: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    view: str = "plain"
    trial: int | None = None
    rounds: int = 0
    rows: int = 0
    refitted: bool = True
    stage: int = 0

    def ops(self, program: Sequence[Op]) -> tuple[Op, ...]:
        """Return the ops of a program that make the member's predictions, features included."""
        return makers(program, self.places.output)

    def model_ops(self, program: Sequence[Op]) -> tuple[Op, ...]:
        """Return the ops from its features to its score: the fitted model itself."""
        features = {op.output for op in makers(program, self.places.features)}
        return tuple(op for op in makers(program, self.places.score) if op.output not in features)

    def within(self, prefix: str, weight: float = 1.0, stage: int = 0) -> Member:
        """Return the member as part of a larger program: its wires carry a prefix there, and all
        of the old program has a weight and a stage.
        """
        places = self.places.renamed(prefix)
        return replace(self, places=places, weight=weight * self.weight, stage=stage)

    def said(self) -> dict[str, Any]:
        """Return what people are told of it, as plain data."""
        return {
            "trial": self.trial,
            "model": self.name,
            "family": self.family,
            "view": self.view,
            "weight": round(self.weight, 4),
            "rounds": self.rounds,
            "rows": self.rows,
            "refitted": self.refitted,
            "stage": self.stage,
            "config": dict(self.config),
        }


def check_places(members: Sequence[Member], program: Sequence[Op]) -> None:
    """Raise ModelFileError where a member does not stand in a program.

    Raises
    ------
    ModelFileError
        When it names a wire that the program does not have.
    """
    made = {op.output for op in program} | {""}
    for member in members:
        places = member.places
        for wire in (places.features, places.score, places.output):
            if wire not in made:
                raise ModelFileError(f"member {member.name!r} stands at {wire!r}, never made")
