"""`pliant export`: a model file in a format that others read."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pliant.cli.options import output_path

if TYPE_CHECKING:
    from pliant.compile.export import Exported


@dataclass(frozen=True)
class ExportOptions:
    """The options of `pliant export`."""

    model: Annotated[Path, typer.Argument(help="Model file.")]
    to: Annotated[str, typer.Option(help="The format: onnx.")] = "onnx"
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File to write; beside the model by default."),
    ] = None
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False


def export(options: ExportOptions) -> None:
    """Write a model as ONNX, raw columns in and predictions out, and check it first."""
    from pliant.automl.loading import load_table

    default = options.model.parent / f"{options.model.stem or 'model'}.{options.to}"
    output = output_path(options.output, default, options.model)
    done = load_table(options.model).export(output, options.to)
    if options.as_json:
        typer.echo(json.dumps({**asdict(done), "path": str(done.path)}))
        return
    for line in _lines(done):
        typer.echo(line)


def _lines(done: Exported) -> list[str]:
    """Return what an export came to, for people."""
    width = max(len(v.name) for v in (*done.inputs, *done.outputs))
    lines = []
    for what, values in (("inputs", done.inputs), ("outputs", done.outputs)):
        lines += [what, *(f"  {v.name:<{width}}  {v.type:<7} {v.meaning}" for v in values)]
    opsets = f"opsets ai.onnx {done.opset}, ai.onnx.ml {done.ml_opset}"
    lines.append(f"wrote {done.path}, {done.size:,} bytes, {opsets}")
    if done.verified is None:
        said = "not compared with the model: onnxruntime is not installed"
        return [*lines, f'{said} (pip install "pliant[onnx]")']
    found = done.verified
    ours, theirs = 1e6 * found.model_seconds, 1e6 * found.onnx_seconds
    lines.append(f"ONNX Runtime on {found.rows} made-up rows: {found.difference:.2g} off at most")
    return [*lines, f"one row: {theirs:.3g} us in ONNX Runtime, {ours:.3g} us in Pliant"]
