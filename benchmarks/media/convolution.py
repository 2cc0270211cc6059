"""Images a second that the op of a convolutional net takes on one core, at each of the levels.

python -m benchmarks.media.convolution [--width 32] [--images 600]

The net is that of the family `conv_net` for 32 x 32 pixels, with weights at random. Both figures
are processor time, the best of three: many images at once, and one alone.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable

import numpy as np

from pliant.models.convolution.architecture import Architecture
from pliant.runtime.level import levels, use_level
from pliant.runtime.ops import Op
from pliant.runtime.ops.convolution import Net

SHAPE = 32, 32, 3
ONES = 50
"""Images that go through one by one."""


def net_of(width: int, rng: np.random.Generator) -> Net:
    """Return a net of some width with weights at random."""
    architecture = Architecture(SHAPE, width)
    n_outputs = sum(layer.outputs for layer in architecture.layers)
    arrays = {
        "layers": np.array(architecture.layers, dtype=np.int32),
        "weights": rng.integers(-127, 128, architecture.n_weights).astype(np.int8),
        "scale": np.full(n_outputs, 1e-4, dtype=np.float32),
        "bias": np.zeros(n_outputs, dtype=np.float32),
    }
    sides = {"height": 32, "width": 32, "channels": 3, "pool": "max"}
    return Net.of(Op("convolutions", ("image:0",), "pooled", arrays, sides))


def least(work: Callable[[], object]) -> float:
    """Return the least processor seconds of three times."""
    found = []
    for _ in range(3):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return min(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--images", type=int, default=600)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    net = net_of(options.width, rng)
    images = rng.integers(0, 256, (options.images, net.values)).astype(np.uint8)
    packed = net.packed()
    for name in levels():
        use_level(name)
        together = least(lambda: net.rows(images, packed))
        alone = least(lambda: [net.rows(images[i : i + 1], packed) for i in range(ONES)])
        told = {"level": name, "images_per_second": round(len(images) / together)}
        print(json.dumps(told | {"one_us": round(alone / ONES * 1e6)}), flush=True)


if __name__ == "__main__":
    main()
