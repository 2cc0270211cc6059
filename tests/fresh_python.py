"""Python in a process of its own, as a user has it: what the tests' environment sets is gone."""

import os
import subprocess
import sys
from pathlib import Path

ENVIRONMENT = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}


def run(*command: str, folder: Path, path: str = "") -> str:
    """Return what a command says; `path` is where modules are looked for first."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env=ENVIRONMENT | {"PYTHONPATH": os.pathsep.join(filter(None, [path, *sys.path]))},
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr
