"""LightGBM's data-parallel learner: what a process that trains together with others is told."""

from __future__ import annotations

from typing import Any

from pliant.models.base import Fitted, ProcessGroup

BIN_BYTES = 16
"""What the processes add up for each code of each leaf: two float64 sums (`python -m
benchmarks.scaling.wire`: what goes over the wire is 0.97 times that)."""

MEETING_MINUTES = 5
"""How long a process waits until the others listen."""


def network_params(group: ProcessGroup, seed: int, fitted: Fitted | None) -> dict[str, Any]:
    """Return the parameters of one process of a group that goes on with a model.

    LightGBM keeps the histograms of all leaves then: one that it made anew would have to be summed
    up anew. The group comes back to the same rows, and draws others of them each time.
    """
    return {
        "tree_learner": "data",
        "machines": ",".join(group.addresses),
        "num_machines": group.size,
        "local_listen_port": group.port,
        "time_out": MEETING_MINUTES,
        "histogram_pool_size": -1,
        "seed": seed if fitted is None else seed + fitted.rounds,
    }
