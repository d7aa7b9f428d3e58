"""python3 classify.py IMAGE…: the classes of images. Images should have the network's input size; others are
cropped to its shape in the middle, as config.json says, and resized by Pillow, which is close to ResNet Lab's
own resizing but not equal to it."""

import sys

import numpy
import torch
from PIL import Image, ImageOps

from network import load, normalized

network, config = load()
size = (config["input"]["width"], config["input"]["height"])
mode = "L" if config["input"]["channels"] == 1 else "RGB"
fit = {"crop": ImageOps.fit, "pad": ImageOps.pad, "squash": lambda image, to: image.resize(to)}
for file in sys.argv[1:]:
    image = fit[config["resize"]](Image.open(file).convert(mode), size)
    pixels = numpy.asarray(image).reshape(1, size[1], size[0], -1)
    with torch.no_grad():
        probabilities = network(normalized(pixels, config)).softmax(1)[0]
    best = probabilities.argmax().item()
    print(f"{file}: {config['classes'][best]} {100 * probabilities[best].item():.1f} %")
