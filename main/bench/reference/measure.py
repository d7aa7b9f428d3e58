"""What both reference benchmarks share: their arguments, the batches, the clock and the output."""

import argparse
import json
import os
import platform
import statistics
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "parity"))

from spec import parse_input, read  # noqa: E402

RATE, MOMENTUM, WEIGHT_DECAY = 0.1, 0.9, 1e-4


def arguments(description, modes, default_modes):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--arch-json", type=read, required=True, metavar="SPEC.json")
    parser.add_argument("--input", type=parse_input, default=(32, 32, 3), metavar="HxWxC")
    parser.add_argument("--classes", type=int, default=10)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--steps", type=int, default=20, help="timed steps")
    parser.add_argument("--warmup", type=int, default=5, help="untimed steps before them")
    parser.add_argument("--evaluate", action="store_true", help="time logits and loss only")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu", help="of PyTorch")
    parser.add_argument("--modes", nargs="+", choices=modes, default=default_modes)
    return parser.parse_args()


def examples(options, count):
    """Normalized float images [count, H, W, C] and labels: ready in memory before the clock starts."""
    random = np.random.default_rng(1)
    images = random.standard_normal((count, *options.input), dtype=np.float32)
    return images, random.integers(0, options.classes, count)


def time_steps(options, step):
    """Milliseconds of each timed step; `step(i)` does one and waits for it."""
    for i in range(options.warmup):
        step(i)
    times = []
    for i in range(options.steps):
        start = time.perf_counter()
        step(options.warmup + i)
        times.append((time.perf_counter() - start) * 1000)
    return times


def report(mode, measure, facts):
    """One JSON line per mode. A mode that cannot run here says why and does not stop the others."""
    try:
        times, more = measure()
        line = {
            "mode": mode,
            "medianMs": round(statistics.median(times), 3),
            "stepsMs": [round(value, 3) for value in times],
            **facts,
            **more,
        }
    except Exception as error:  # Whatever a framework throws is a result to show.
        text = f"{type(error).__name__}: {error}".splitlines()[0]
        line = {"mode": mode, "error": text[:400], **facts}
    print(json.dumps(line), flush=True)


def facts(versions, threads):
    return {"versions": {"python": platform.python_version(), **versions}, "threads": threads}


def usable_cores():
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
