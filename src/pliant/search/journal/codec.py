"""How an entry becomes JSON and arrays, and back; what is read is data, no class looked up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from pliant.artifact.codec import ArrayReader, ArrayWriter, op_from_json, op_to_json
from pliant.models.base import Fitted
from pliant.models.family import default_config
from pliant.models.learner import Learner
from pliant.training.records import Candidate, Outcome, Trial


@dataclass(frozen=True)
class JournalEntry:
    """What a strategy proposed and the trial that it became, `elapsed` seconds into the fit."""

    proposed: Candidate
    trial: Trial
    elapsed: float


def entry_to_json(entry: JournalEntry, arrays: ArrayWriter) -> dict[str, Any]:
    """Return an entry as plain data; its arrays go to `arrays`."""
    trial = entry.trial
    described = {
        "elapsed": entry.elapsed,
        "proposed": _candidate_to_json(entry.proposed),
        "candidate": _candidate_to_json(trial.candidate),
        "number": trial.number,
        "status": trial.status,
        "score": trial.score,
        "rows": trial.rows,
        "reason": trial.reason,
        "first_step": trial.first_step,
        "outcomes": [_outcome_to_json(outcome, arrays) for outcome in trial.outcomes],
    }
    return {**described, "arrays": arrays.index}


def entry_from_json(
    described: dict[str, Any], arrays: ArrayReader, learners: Mapping[str, Learner]
) -> JournalEntry:
    """Return the entry that plain data describes, of learners by name; what does not fit raises."""
    arrays.index = list(described["arrays"])
    trial = Trial(
        int(described["number"]),
        _candidate_from_json(described["candidate"], learners),
        str(described["status"]),
        float(described["score"]),
        int(described["rows"]),
        tuple(_outcome_from_json(outcome, arrays) for outcome in described["outcomes"]),
        str(described["reason"]),
        described["first_step"],
    )
    proposed = _candidate_from_json(described["proposed"], learners)
    return JournalEntry(proposed, trial, float(described["elapsed"]))


def _candidate_to_json(candidate: Candidate) -> dict[str, Any]:
    return asdict(candidate)


def _candidate_from_json(described: dict[str, Any], learners: Mapping[str, Learner]) -> Candidate:
    kind = type(default_config(learners[described["family"]]))
    config = kind(**described["config"])
    return Candidate(described["family"], described["label"], config, described["view"])


def _outcome_to_json(outcome: Outcome, arrays: ArrayWriter) -> dict[str, Any]:
    predictions, fitted = outcome.predictions, outcome.fitted
    return {
        "score": outcome.score,
        "seconds": outcome.seconds,
        "reason": outcome.reason,
        "preparing": outcome.preparing,
        "by_loss": outcome.by_loss,
        "predictions": None if predictions is None else arrays.add(predictions),
        "fitted": None if fitted is None else _fitted_to_json(fitted, arrays),
    }


def _outcome_from_json(described: dict[str, Any], arrays: ArrayReader) -> Outcome:
    predictions, fitted = described["predictions"], described["fitted"]
    return Outcome(
        float(described["score"]),
        float(described["seconds"]),
        None if predictions is None else arrays.get(predictions).astype(np.float64),
        None if fitted is None else _fitted_from_json(fitted, arrays),
        str(described["reason"]),
        preparing=float(described.get("preparing", 0.0)),
        by_loss=float(described.get("by_loss", 0.0)),
    )


def _fitted_to_json(fitted: Fitted, arrays: ArrayWriter) -> dict[str, Any]:
    return {
        "ops": [op_to_json(op, arrays) for op in fitted.ops],
        "link": fitted.link,
        "rounds": fitted.rounds,
        "finished": fitted.finished,
        "trained": fitted.trained,
        "temperature": fitted.temperature,
    }


def _fitted_from_json(described: dict[str, Any], arrays: ArrayReader) -> Fitted:
    ops = tuple(op_from_json(op, arrays) for op in described["ops"])
    rounds, finished = int(described["rounds"]), bool(described["finished"])
    trained = int(described.get("trained", rounds))
    temperature = float(described.get("temperature", 1.0))
    return Fitted(ops, str(described["link"]), rounds, finished, trained, temperature)
