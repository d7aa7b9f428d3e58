"""Architecture specs as Python sees them: JSON with the app's defaults filled in. No PyTorch and no
TensorFlow here, because the benchmarks load one without the other."""

import json
from pathlib import Path


def complete(spec):
    """The spec with its defaults; also accepts what `zoo describe --json` prints, which holds one."""
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


def read(path):
    return complete(json.loads(Path(path).read_text()))


def stage_width(spec, stage):
    # Halves are rounded up, as in the app; Python's own `round` would take the even neighbour.
    return int(stage["width"] * spec["widthMultiplier"] + 0.5)


def inner_width(block, width):
    """Of a bottleneck's 3×3 (torchvision's formula)."""
    return int(width * (block["baseWidth"] / 64.0)) * block["groups"]


def parse_input(text):
    """`32x32x3` → (32, 32, 3)."""
    height, width, channels = (int(part) for part in text.split("x"))
    return height, width, channels
