"""Measure what running the shared layers under ``jax.lax.scan`` costs and saves, against a loop unrolled in Python.

Prints, for each depth, the time to compile the encoder both ways (tracing and XLA apart, wall clock and CPU), and the
time of a step both ways, measured in alternation so that a busy moment hits both. Example:

    python examples/benchmarks/flax_scan.py --layers 12 48 --run-layers 12
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any
from unittest.mock import patch

import jax
import jax.numpy as jnp
import numpy as np

from albert_docs_pkg import AlbertConfig
from albert_docs_pkg.flax import backbone
from albert_docs_pkg.flax.encoder import FlaxAlbertLayerGroup, FlaxAlbertTransformer


class UnrolledTransformer(FlaxAlbertTransformer):
    """The encoder with a Python loop over depth, as it would be without shared layers."""

    def _repeat(self, step: Callable[..., Any], group: FlaxAlbertLayerGroup, states: jax.Array) -> Any:
        projections = group.join_projections()
        kept = []
        for _ in range(self.config.num_hidden_layers // self.config.num_hidden_groups):
            states, extras = step(group, states, projections)
            kept.append(extras)
        return states, jax.tree.map(lambda *parts: jnp.stack(parts), *kept)


KINDS = {"scan": FlaxAlbertTransformer, "unrolled": UnrolledTransformer}


def base_module(layers: int) -> backbone.FlaxAlbertModule:
    """Return a module of the base size with another depth."""
    return backbone.FlaxAlbertModule(
        AlbertConfig(hidden_size=768, num_attention_heads=12, intermediate_size=3072, num_hidden_layers=layers)
    )


def function(kind: str, layers: int, train: bool) -> Callable[..., Any]:
    """Return the forward pass with the loop of ``kind``, or the gradient of a mean over it."""
    module = base_module(layers)

    def forward(params: Any, input_ids: jax.Array, attention_mask: jax.Array) -> Any:
        # The module builds its encoder when it is traced, under this name.
        with patch.object(backbone, "FlaxAlbertTransformer", KINDS[kind]):
            return module.apply({"params": params}, input_ids, attention_mask).last_hidden_state

    def gradient(params: Any, input_ids: jax.Array, attention_mask: jax.Array) -> Any:
        return jax.grad(lambda tree: jnp.square(forward(tree, input_ids, attention_mask)).mean())(params)

    return gradient if train else forward


def timed(call: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
    """Return the result of ``call`` and the seconds it took, by the clock and by the processor."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = jax.block_until_ready(call())
    return result, {
        "wall_s": round(time.perf_counter() - wall, 3),
        "cpu_s": round(time.process_time() - cpu, 3),
    }


def main() -> None:
    """Run the measurements that the command line asks for; one line of JSON each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--layers", type=int, nargs="+", default=[12, 48], help="depths to compile")
    parser.add_argument("--run-layers", type=int, nargs="*", default=[12], help="depths to run as well")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--length", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=5, help="rounds of running, after one that does not count")
    parser.add_argument("--train", action="store_true", help="gradients rather than the forward pass")
    options = parser.parse_args()

    random = np.random.default_rng(0)
    input_ids = jnp.asarray(random.integers(5, 30000, (options.batch, options.length)))
    mask = jnp.ones_like(input_ids)
    module = base_module(1)
    params = jax.jit(lambda key: module.init(key, input_ids[:1, :1])["params"])(jax.random.key(0))
    jax.block_until_ready(jax.jit(lambda x: x @ x)(jnp.ones((8, 8))))  # loads the compiler
    print(json.dumps({"device": str(jax.devices()[0]), "jax": jax.__version__, **vars(options)}), flush=True)
    for layers in options.layers:
        compiled = {}
        for kind in KINDS:
            jitted = jax.jit(function(kind, layers, options.train))
            lowered, tracing = timed(partial(jitted.lower, params, input_ids, mask))
            compiled[kind], compiling = timed(lowered.compile)
            print(json.dumps({"layers": layers, "kind": kind, "trace": tracing, "compile": compiling}), flush=True)
        if layers not in options.run_layers:
            continue
        times: dict[str, list[dict[str, float]]] = {kind: [] for kind in KINDS}
        outputs = {}
        for number in range(options.rounds + 1):
            for kind in sorted(KINDS, reverse=number % 2 == 1):
                outputs[kind], seconds = timed(partial(compiled[kind], params, input_ids, mask))
                if number:
                    times[kind].append(seconds)
        found, wanted = (np.asarray(jax.tree.leaves(outputs[kind])[0]) for kind in KINDS)
        np.testing.assert_allclose(found, wanted, atol=1e-4 * np.abs(wanted).max())
        medians = {
            kind: {name: statistics.median(t[name] for t in rounds) for name in ("wall_s", "cpu_s")}
            for kind, rounds in times.items()
        }
        ratios = {name: round(medians["scan"][name] / medians["unrolled"][name], 3) for name in ("wall_s", "cpu_s")}
        print(json.dumps({"layers": layers, "step": medians, "scan_to_unrolled": ratios}), flush=True)


if __name__ == "__main__":
    main()
