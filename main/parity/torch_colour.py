"""torchvision's and PIL's answers for RandAugment's colour operations (README.md says what is in the file).

    python torch_colour.py OUT_DIR      # the committed file
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageEnhance, ImageOps
from safetensors.numpy import save_file
from torchvision.transforms.v2 import functional as F

SIDE = 20
FACTORS = (0.1, 1.9)
# Of the images, those that factors are tried on.
TRIED = 3


def images():
    """Noise, smooth, dark, two levels, one level, every byte once: [6, SIDE, SIDE, 3] uint8."""
    rng = np.random.default_rng(7)
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    smooth = np.stack([rows * 9, columns * 10, 255 - rows * 4 - columns * 5], -1)
    every = np.arange(SIDE * SIDE * 3).reshape(SIDE, SIDE, 3) * 151
    return np.stack(
        [
            rng.integers(0, 256, (SIDE, SIDE, 3)),
            smooth,
            rng.integers(0, 40, (SIDE, SIDE, 3)),
            np.where(rng.random((SIDE, SIDE, 3)) < 0.3, 90, 91),
            np.full((SIDE, SIDE, 3), 77),
            every % 256,
        ]
    ).astype(np.uint8)


def by_torch(batch, change, *, floating):
    """[N, H, W, C] through a function of [N, C, H, W], in bytes or in [0, 1]."""
    x = torch.from_numpy(batch).permute(0, 3, 1, 2)
    y = change(x.double() / 255 if floating else x).permute(0, 2, 3, 1).contiguous()
    return (y.float() if floating else y).numpy()


def by_pil(batch, change):
    return np.stack([np.asarray(change(Image.fromarray(image))) for image in batch])


def main(out):
    batch = images()
    tensors = {"images": batch}
    for name, change in {
        "equalize": F.equalize,
        "posterize.4": lambda x: F.posterize(x, 4),
        "posterize.6": lambda x: F.posterize(x, 6),
        "solarize.204": lambda x: F.solarize(x, 204),
        "solarize.128": lambda x: F.solarize(x, 128),
    }.items():
        tensors[name] = by_torch(batch, change, floating=False)
    tensors["stretch"] = by_torch(batch, F.autocontrast, floating=True)
    for name, change in {
        "brightness": F.adjust_brightness,
        "saturation": F.adjust_saturation,
        "contrast": F.adjust_contrast,
        "sharpness": F.adjust_sharpness,
    }.items():
        for factor in FACTORS:
            tensors[f"{name}.{factor}"] = by_torch(
                batch[:TRIED], lambda x, change=change, factor=factor: change(x, factor), floating=True
            )
    tensors["pil.equalize"] = by_pil(batch, ImageOps.equalize)
    for factor in FACTORS:
        tensors[f"pil.sharpness.{factor}"] = by_pil(
            batch[:TRIED], lambda image, factor=factor: ImageEnhance.Sharpness(image).enhance(factor)
        )
    versions = {"torch": torch.__version__.split("+")[0], "pillow": Image.__version__}
    save_file(tensors, Path(out) / "operations.safetensors", {"versions": json.dumps(versions)})


main(sys.argv[1])
