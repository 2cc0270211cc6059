"""What a fit knows once its search is over, from which models can be made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pliant.compile.build import build
from pliant.core.config import Resources
from pliant.ensemble.card import Found, make_card, member_of
from pliant.ensemble.incremental.extension import Ensemble
from pliant.runtime.model import Card, Predictor
from pliant.training.experiment import Experiment
from pliant.training.records import Trial


@dataclass(frozen=True)
class ModelBuilder:
    """The experiment and its trials; `asked` is what the card tells of what was asked for."""

    target: str
    experiment: Experiment
    trials: Sequence[Trial]
    asked: Mapping[str, Any]
    families: Sequence[str]
    resources: Resources

    def model(self, ensemble: Ensemble, changed: str = "") -> Predictor:
        """Return the model of an ensemble; the card names what was `changed`."""
        table, card = self.experiment.table, self.card(ensemble)
        if changed:
            card = replace(card, facts={**card.facts, "optimised": changed})
        built = build(ensemble.members)
        members = [
            member_of(m, self.trials[m.trial], places, card.facts["rows"])
            for m, places in zip(ensemble.members, built.places, strict=True)
        ]
        decision = self.experiment.decision
        return Predictor(
            table.schema, built.ops, table.target.classes, card, members, decision=decision
        )

    def card(self, ensemble: Ensemble) -> Card:
        """Return the card of an ensemble."""
        found = Found(self.trials, ensemble.selection, ensemble.members, ensemble.facts)
        return make_card(self.target, self.experiment, found, self.asked)
