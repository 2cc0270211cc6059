"""Contract suites, for our own models, kinds, objectives and engines and for those of others; a
fake engine, a fake deadline.
"""

from pliant.data.kinds.contract import check_kind
from pliant.testing.engines import check_engine
from pliant.testing.experiments import small_experiment, small_table
from pliant.testing.families import (
    TASKS,
    check_family,
    family_data,
    fit_quickly,
    number_feature,
)
from pliant.training.contract import check_objective, check_together
from pliant.training.engines.fake import FakeEngine, FakeTime

__all__ = [
    "TASKS",
    "FakeEngine",
    "FakeTime",
    "check_engine",
    "check_family",
    "check_kind",
    "check_objective",
    "check_together",
    "family_data",
    "fit_quickly",
    "number_feature",
    "small_experiment",
    "small_table",
]
