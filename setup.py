"""The native kernel; everything else about the package is said in pyproject.toml.

The kernel is optional: where no C compiler is found, Pliant installs without it and runs on NumPy.
It is built against the limited API, so one wheel a platform serves Python 3.11 and later
(free-threaded builds have no limited API and get a wheel of their own).
"""

import sys
import sysconfig
from glob import glob

from setuptools import Extension, setup

LIMITED = not sysconfig.get_config_var("Py_GIL_DISABLED")
# Sums must round alike everywhere: no fused multiply-add, no flags of this machine's processor.
FLAGS = (
    ["/O2", "/std:c11", "/fp:precise"]
    if sys.platform == "win32"
    else [
        *("-std=c11", "-O3", "-g0", "-ffp-contract=off", "-fvisibility=hidden"),
        *("-fno-trapping-math", "-fno-math-errno"),  # no value changes, but loops are vectors
    ]
)

setup(
    ext_modules=[
        Extension(
            "pliant.runtime._kernel",
            sources=sorted(glob("src/pliant/runtime/kernel/*.c")),
            depends=sorted(glob("src/pliant/runtime/kernel/*.h")),
            define_macros=[("Py_LIMITED_API", "0x030B0000")] if LIMITED else [],
            py_limited_api=LIMITED,
            extra_compile_args=FLAGS,
            libraries=[] if sys.platform == "win32" else ["m"],
            optional=True,
        )
    ],
    options={"bdist_wheel": {"py_limited_api": "cp311"}} if LIMITED else {},
)
