"""From a configuration and rows to a trained network, as a program."""

from __future__ import annotations

from typing import Any

from pliant.models.base import Allowance
from pliant.models.foreign.networks.examples import Examples
from pliant.models.foreign.networks.graph import expect_equal, program_of
from pliant.models.foreign.networks.loop import Trained, Trainer, expect_scores
from pliant.models.foreign.networks.settings import Blueprint
from pliant.models.foreign.networks.turns import Turns
from pliant.models.foreign.parameters import Parameters
from pliant.runtime.ops import Op


def fitted_program(
    blueprint: Blueprint,
    config: Parameters,
    allowance: Allowance,
    train: Examples,
    valid: Examples | None,
    wires: tuple[str, ...],
) -> tuple[tuple[Op, ...], Trained]:
    """Return the ops of a trained network, from `wires` to the score, and how it was trained.

    What cannot be written to a file is refused before it is trained: by writing it untrained.

    Raises
    ------
    ConfigError
        When its output has another width than asked, or it cannot be written to a file.
    FitError
        When its loss becomes NaN or infinite.
    """
    seed = allowance.seed % 2**32
    turns = Turns(seed, allowance.threads)
    network = untrained(blueprint, config, train, wires, turns)
    trainer = Trainer(blueprint.training_of(config), turns, seed, allowance.deadline)
    trained = trainer.fit(network, train, valid, allowance.rounds)
    with turns.turn():
        ops = program_of(trained.network, train, wires)
        expect_equal(ops, trained.network, train, wires)
    return ops, trained


def untrained(
    blueprint: Blueprint,
    config: Parameters,
    examples: Examples,
    wires: tuple[str, ...],
    turns: Turns,
) -> Any:
    """Return a new network, which makes what the target needs and can be written to a file.

    Raises
    ------
    ConfigError
        When it does not, or cannot.
    """
    with turns.turn():
        network = blueprint.network(config, examples.told())
        expect_scores(network, examples)
        program_of(network, examples, wires)
    return network
