"""A family that does harm at one stage of a fit; else it is `additive`. Workers import it."""

from __future__ import annotations

import time
from dataclasses import dataclass

from pliant.models.additive import Additive, AdditiveConfig
from pliant.models.base import Allowance, Data, Fitted
from pliant.models.family import Default


@dataclass(frozen=True)
class HarmfulConfig(AdditiveConfig):
    """At which stage it does harm (refit, block or student), and which (raises, hangs, devours)."""

    stage: str = ""
    harm: str = ""


class Harmful(Additive):
    """An additive model that cannot be trusted."""

    name = "harmful"

    def __init__(self, stage: str = "", harm: str = "") -> None:
        self.defaults = {"default": Default(HarmfulConfig(stage=stage, harm=harm), 1)}

    def fit(self, data: Data, config: HarmfulConfig, allowance: Allowance) -> Fitted:
        if config.stage == "student" or (config.stage == "refit" and data.valid is None):
            do(config.harm)
        return super().fit(data, config, allowance)

    def partial_fit(
        self, fitted: Fitted | None, data: Data, config: HarmfulConfig, allowance: Allowance
    ) -> Fitted:
        if config.stage == "block":
            do(config.harm)
        return super().partial_fit(fitted, data, config, allowance)


def do(harm: str) -> None:
    """Do harm."""
    kept = []
    while harm == "devours":
        kept.append(bytearray(b"x") * 20_000_000)
        time.sleep(0.01)
    if harm == "hangs":
        time.sleep(10_000)
    raise RuntimeError("harm was done")
