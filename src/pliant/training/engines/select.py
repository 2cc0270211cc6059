"""Which engine a user means: by name or by the address of a cluster."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

from pliant.core.config import Resources
from pliant.core.errors import ConfigError
from pliant.core.memory import resident_memory
from pliant.training.engines.base import MIN_MEMORY, Engine
from pliant.training.engines.serial import SerialEngine
from pliant.training.engines.threads import ThreadEngine

NAMES = ("auto", "serial", "threads", "local", "ray", "dask")
RAY, DASK = "ray://", ("tcp://", "tls://")

WORTH_PROCESSES = 5.0
"""Seconds of budget below which starting processes costs more than it saves: they take about one
to be up, and each imports the libraries anew."""

MORE_BYTES = 60 * 10**6
"""What this process takes while jobs are run one by one: what judges them, and what they say."""


def make_engine(resources: Resources, seconds: float | None, growth: int = 0) -> Engine:
    """Return the engine for what a user allows; `seconds` is the budget, None without a deadline.

    `growth` is how many bytes this process will take beside the fits.

    Raises
    ------
    ConfigError
        When there is no such engine, or too little memory for any.
    ClusterError
        When the cluster cannot be used.
    """
    name, threads, memory = resources.engine, resources.processors, _left(resources.memory, growth)
    workers = min(threads, resources.workers or threads)
    if memory is not None:
        workers = min(workers, memory // MIN_MEMORY)
    if name == "auto":
        name = "threads" if resources.memory is None else "local"
        if seconds is not None and seconds < WORTH_PROCESSES:
            name = "threads"
    if name == "threads":
        if workers > 1:
            return ThreadEngine(workers, memory, threads)
        return SerialEngine(threads, memory)
    if name == "serial":
        return SerialEngine(threads, memory)
    if name == "local":
        from pliant.training.engines.local import LocalEngine

        beside = 0 if memory is None else growth
        return LocalEngine(workers, memory and memory + growth, threads, beside)
    return _cluster(name, resources.threads)


def one_by_one(engine: Engine, resources: Resources) -> AbstractContextManager[Engine]:
    """Give an engine for jobs that are run one after another, each with all of the memory.

    Processes share the memory that was left when they were planned, so another engine, of one
    process, takes their place meanwhile. Any other engine is given as it is, and stays open.
    """
    engine.let_go()
    allowed = resources.memory
    enough = allowed is None or allowed - resident_memory() - MORE_BYTES >= MIN_MEMORY
    if engine.memory is None or not engine.reads_files or not enough:
        return nullcontext(engine)
    name = "serial" if engine.in_process else "local"
    alone = make_engine(replace(resources, engine=name, workers=1), None, MORE_BYTES)
    alone.start(engine.experiment)
    return alone


def _left(memory: int | None, growth: int) -> int | None:
    """Return the bytes of what is allowed that this process neither holds nor will."""
    if memory is None:
        return None
    held = resident_memory() + growth
    if memory - held < MIN_MEMORY:
        raise ConfigError(
            f"expected {(MIN_MEMORY + held) / 1e9:.2f} GB of memory or more to fit this table, "
            f"got {memory / 1e9:.2f} GB"
        )
    return memory - held


def _cluster(name: str, workers: int | None) -> Engine:
    if name == "ray" or name.startswith(RAY):
        from pliant.training.engines.ray import RayEngine

        return RayEngine(None if name == "ray" else name, workers)
    if name == "dask" or name.startswith(DASK):
        from pliant.training.engines.dask import DaskEngine

        return DaskEngine(None if name == "dask" else name, workers)
    raise ConfigError(
        f"expected the engine to be {', '.join(NAMES)}, or an address that begins with "
        f"{RAY} or {DASK[0]}, got {name!r}"
    )
