"""What is freed stays with a process of ours while that is asked for, and no longer."""

from __future__ import annotations

import subprocess
import sys

import pytest

CODE = """
import numpy as np
from pliant.core import allocator
from pliant.core.memory import resident_memory

if {ours}:
    allocator.process_is_ours()
before = resident_memory()
with allocator.freed_memory_kept():
    np.ones(20_000_000)
    within = resident_memory() - before
print(within > 100e6, resident_memory() - before > 100e6)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the allocator is that of glibc")
@pytest.mark.parametrize(("ours", "kept"), [(True, "True False"), (False, "False False")])
def test_freed_memory_is_kept_meanwhile_in_a_process_of_ours(ours: bool, kept: str) -> None:
    code = [sys.executable, "-c", CODE.format(ours=ours)]
    assert subprocess.run(code, capture_output=True, text=True, check=True).stdout.strip() == kept
