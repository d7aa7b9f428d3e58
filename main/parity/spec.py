"""Architecture specs as Python sees them: JSON with the app's defaults filled in. No PyTorch and no
TensorFlow here, because the benchmarks load one without the other."""

import json
from pathlib import Path

GATE_BIAS = {"exclusive-gating": -6, "shortcut-gating": -6, "highway": -2}


def complete(spec):
    """The spec as the app writes it; also accepts what `zoo describe --json` prints, which holds one."""
    spec = spec.get("spec", spec)
    block = {
        "order": "original",
        "expansion": 4,
        "groups": 1,
        "baseWidth": 64,
        "dropout": 0,
        **spec["block"],
    }
    stages = [{"stride": 1, **stage} for stage in spec["stages"]]
    return {"name": "custom", "widthMultiplier": 1, **spec, "block": block, "stages": stages}


def with_options(spec):
    """A complete spec with the fields that the app leaves out where they say what is so anyway."""
    spec = complete(spec)
    merge = spec.get("merge", {"kind": "add"})
    if merge["kind"] in GATE_BIAS:
        merge = {"bias": GATE_BIAS[merge["kind"]], **merge}
    return {
        "groupNorm": None,
        **spec,
        "block": {"squeezeExcitation": None, **spec["block"]},
        "stages": [{"dilation": 1, "widths": None, **stage} for stage in spec["stages"]],
        "merge": {"branch": 0.5, "shortcut": 0.5, "rate": 0.5, **merge},
        "sampling": {"rule": "linear", "survival": 0.5, **spec.get("sampling", {"kind": "all"})},
    }


def read(path):
    return complete(json.loads(Path(path).read_text()))


def scaled_width(spec, width):
    # Halves are rounded up, as in the app; Python's own `round` would take the even neighbour.
    return int(width * spec["widthMultiplier"] + 0.5)


def stage_width(spec, stage):
    return scaled_width(spec, stage["width"])


def inner_width(block, width):
    """Of a bottleneck's 3×3 (torchvision's formula)."""
    return int(width * (block["baseWidth"] / 64.0)) * block["groups"]


def parse_input(text):
    """`32x32x3` → (32, 32, 3)."""
    height, width, channels = (int(part) for part in text.split("x"))
    return height, width, channels
