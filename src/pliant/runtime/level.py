"""The compiled kernel: whether it is here, and which instructions it uses.

`PLIANT_KERNEL` in the environment chooses: `0` leaves the kernel out, so that NumPy computes all;
the name of a level, `portable`, `avx2` or `avx512`, holds it to the instructions of that level. By
default it takes the highest that the processor has. Results do not depend on the level, but for the
rounding of convolutions.
"""

from __future__ import annotations

import os

from pliant.core.errors import ConfigError

HAVE_KERNEL = False
"""Whether the compiled kernel is in use; otherwise NumPy computes the same."""

_wish = os.environ.get("PLIANT_KERNEL", "")

if _wish != "0":
    try:
        from pliant.runtime import _kernel

        HAVE_KERNEL = True
    except ImportError:  # installed without a C compiler
        pass


def levels() -> tuple[str, ...]:
    """Return the names of the levels that this processor has, the lowest first; none: no kernel."""
    return _kernel.levels()[0] if HAVE_KERNEL else ()


def level() -> str:
    """Return the name of the level in use, "numpy" where there is no kernel."""
    if not HAVE_KERNEL:
        return "numpy"
    names, current = _kernel.levels()
    return names[current]


def use_level(name: str) -> None:
    """Hold the kernel to the instructions of a level, for all threads.

    Raises
    ------
    ConfigError
        When the kernel is not in use, or this processor has no such level.
    """
    if name not in levels():
        raise ConfigError(
            f"expected a level of the kernel that this processor has, "
            f"{', '.join(levels()) or 'none'}, got {name!r}"
        )
    _kernel.use_level(name)


if HAVE_KERNEL and _wish not in ("", "1"):
    use_level(_wish)
