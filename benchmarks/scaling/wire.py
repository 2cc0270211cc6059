"""What processes that train one LightGBM together send each other: counted, and foretold.

    python -m benchmarks.scaling.wire [--processes 2] [--rows 30000] [--columns 10] [--rounds 50]

The kernel counts the bytes of each connection (`TCP_INFO`, Linux); `exchanged_bytes` of the family
foretells them. Beside them stands what the rows would take, as codes, were they sent instead.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import struct
import subprocess
import sys

import numpy as np

from pliant.core.deadline import Deadline
from pliant.data.target import Target
from pliant.models.base import Allowance, Data, Part, ProcessGroup
from pliant.models.lightgbm import LightGBM, LightGBMConfig
from pliant.testing import number_feature
from pliant.training.engines.places import free_ports

TCP_INFO, TCP_INFO_BYTES, BYTES_ACKED = 11, 232, 120
"""Linux's number of the option, its size, and where in it the bytes that were taken are."""


def main() -> None:
    """Train in so many processes, and print a line; `--group` is one of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--rows", type=int, default=30_000)
    parser.add_argument("--columns", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--group", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.group:
        addresses, rank = json.loads(options.group)
        group = ProcessGroup(tuple(addresses), rank)
        print(trained(group, options.rows, options.columns, options.rounds))
        return
    count, family = options.processes, LightGBM()
    a_round = family.exchanged_bytes(LightGBMConfig(), 256 * options.columns, 1)
    foretold, sent = options.rounds * (count - 1) * a_round, sum(_together(count))
    codes = options.rows * options.columns
    print(
        f"{count} processes, {options.rows:,} rows x {options.columns}, {options.rounds} rounds: "
        f"{sent:,} bytes sent, {foretold:,} foretold ({sent / foretold:.2f}); "
        f"all rows as codes once: {codes:,}"
    )


def _together(count: int) -> list[int]:
    """Return the bytes that each of so many processes sent."""
    addresses = [f"127.0.0.1:{port}" for port in free_ports(count)]
    command = [sys.executable, "-m", "benchmarks.scaling.wire", *sys.argv[1:], "--group"]
    running = [
        subprocess.Popen([*command, json.dumps([addresses, rank])], stdout=subprocess.PIPE)
        for rank in range(count)
    ]
    return [int(each.communicate()[0].split()[-1]) for each in running]


def trained(group: ProcessGroup, n_rows: int, n_columns: int, rounds: int) -> int:
    """Train on this process's share of some rows; return the bytes that it sent."""
    rng = np.random.default_rng(group.rank)
    X = rng.integers(0, 256, (n_rows // group.size, n_columns)).astype(np.uint8)
    noise = rng.normal(size=len(X))
    y = (np.sin(X[:, 0] / 30) * X[:, 1] / 100 + noise / 2 > 0.3).astype(np.uint8)
    features = tuple(number_feature(f"x{j}") for j in range(n_columns))
    data = Data(Part(X, Target("binary", y, (0, 1))), None, features)
    counted = list[int]()
    family = _Counting(counted)
    family.partial_fit(None, data, LightGBMConfig(), Allowance(Deadline(None), 1, 0, rounds, group))
    return counted[-1]


class _Counting(LightGBM):
    """LightGBM that counts before it lets go of the network."""

    def __init__(self, counted: list[int]) -> None:
        import lightgbm

        free = lightgbm.Booster.free_network

        def count(booster: lightgbm.Booster) -> lightgbm.Booster:
            counted.append(sent_bytes())
            return free(booster)

        lightgbm.Booster.free_network = count


def sent_bytes() -> int:
    """Return the bytes that went through all connections of this process, and arrived."""
    total = 0
    for name in os.listdir("/proc/self/fd"):
        try:
            if not os.readlink(f"/proc/self/fd/{name}").startswith("socket:"):
                continue
            with socket.socket(fileno=os.dup(int(name))) as connection:
                said = connection.getsockopt(socket.IPPROTO_TCP, TCP_INFO, TCP_INFO_BYTES)
        except OSError:  # it was that of the listing itself, or none of TCP
            continue
        total += struct.unpack_from("<Q", said, BYTES_ACKED)[0]
    return total


if __name__ == "__main__":
    main()
