"""What one student loses: the figures behind the recipes of `pliant.compress` and its made-up rows.

python -m benchmarks.quality.lessons DIR/adult "catboost 6 0.05 3500" "lightgbm 63 0.05 900 taught"
    [--budget 60] [--swapped 0.3] [--among 5000] [--taught-rows 300000]
    [--sweeps 3]

An ensemble is fitted in the budget, and the students that are named, by family, depth or leaves,
step and rounds, are trained on all rows with all the time they want: no choice is made. Scores are
of the test file.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.quality.students import Ground
from pliant.compile.trim import trimmed
from pliant.compress import augment, correct, school
from pliant.compress.recipes import Recipe
from pliant.compress.student import Lesson
from pliant.compress.teacher import FoldTeacher
from pliant.core.config import Clock
from pliant.ensemble.incremental.extension import Ensemble
from pliant.models.catboost import CatBoostConfig
from pliant.models.lightgbm import LightGBMConfig
from pliant.training.context import FitContext
from pliant.training.engines.serial import SerialEngine


def main() -> None:
    """Print a line a student."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("students", nargs="+", type=student)
    parser.add_argument("--budget", type=float, default=60.0)
    parser.add_argument("--swapped", type=float, default=augment.SWAPPED)
    parser.add_argument("--among", type=int, default=augment.AMONG)
    parser.add_argument("--sweeps", type=int, default=correct.SWEEPS)
    parser.add_argument("--taught-rows", type=int, default=school.MOST_TAUGHT)
    options = parser.parse_args()
    augment.SWAPPED, augment.AMONG = options.swapped, options.among
    school.MOST_TAUGHT, correct.SWEEPS = options.taught_rows, options.sweeps
    for line in lines(Ground.of(options.folder, options.budget), options.students):
        print(line, flush=True)


def student(name: str) -> str:
    """Return the name of a student that there can be."""
    if recipe_of(name.removesuffix(" taught")).family not in ("catboost", "lightgbm"):
        raise ValueError("expected catboost or lightgbm")
    return name


def lines(ground: Ground, named: list[str]) -> Iterator[str]:
    """Yield what the ensemble is, and then what each student loses."""
    shrinking, whole = ground.result.shrinking, ground.whole
    known = shrinking.known
    size = f"{whole['size'] / 1e3:.0f} kB"
    yield f"ensemble: {ground.metric.name} {whole['score']:.5g}, {size}"
    taught_by = FoldTeacher(known.study, shrinking.choice, shrinking.finish)
    card = known.card(Ensemble(shrinking.choice, ()))
    engine = SerialEngine(2)
    engine.start(known.study)
    score, context = shrinking.choice.score, FitContext(Clock(None), 2)
    room = school.School(known.study, taught_by, score, card, context, engine)
    for name in named:
        recipe = recipe_of(name.removesuffix(" taught"))
        start = time.perf_counter()
        lesson = Lesson(room, recipe, "plain", name.endswith(" taught"))
        model = trimmed(lesson.final(recipe.rounds, 0.0))
        seconds, found = time.perf_counter() - start, ground.scored(model)
        lost = (whole["score"] - found["score"]) / abs(whole["score"])
        yield (
            f"{name}: {100 * lost:.2f} % lost, {ground.faster(model):.1f} times as fast, "
            f"{found['size'] / 1e3:.0f} kB, {seconds:.0f} s"
        )


def recipe_of(name: str) -> Recipe:
    """Return the recipe of a name such as "catboost 6 0.05 3500"."""
    family, size, step, rounds = name.split()
    if family == "catboost":
        return Recipe(family, "{} trees", CatBoostConfig(float(step), int(size), 3.0), int(rounds))
    leaves = int(size)
    config = LightGBMConfig(float(step), leaves, 10 if leaves < 63 else 3)
    return Recipe(family, "{} trees", config, int(rounds))


if __name__ == "__main__":
    main()
