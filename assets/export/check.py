"""python3 check.py [FORMAT…]: computes the images of check/ with every exported format whose packages are
installed, and holds the logits against those that ResNet Lab computed when it exported. Prints JSON."""

import json
import pathlib
import struct
import sys

import numpy

HERE = pathlib.Path(__file__).parent


def read_tensors(file):
    """A safetensors file as numpy arrays."""
    data = file.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    types = {"U8": numpy.uint8, "F32": numpy.float32}
    arrays = {}
    for name, about in header.items():
        start, end = (8 + length + offset for offset in about["data_offsets"])
        values = numpy.frombuffer(data[start:end], types[about["dtype"]])
        arrays[name] = values.reshape(about["shape"])
    return arrays


def images(expected):
    """The PNG files, if Pillow can read them, else the same pixels as stored numbers."""
    try:
        from PIL import Image
    except ImportError:
        return expected["images"], "stored pixels"
    files = sorted((HERE / "check").glob("*.png"))
    mode = "L" if expected["images"].shape[3] == 1 else "RGB"
    rows = [numpy.asarray(Image.open(file).convert(mode)) for file in files]
    return numpy.stack(rows).reshape(expected["images"].shape), "PNG files"


def config():
    return json.loads((HERE / "config.json").read_text(encoding="utf-8"))


def normalized(pixels):
    """[N, H, W, C] float32"""
    about = config()["normalization"]
    mean = numpy.array(about["mean"], numpy.float32)
    stored = read_tensors(HERE / "check" / "check.safetensors").get("mean_image")
    mean = mean if stored is None else stored
    return (pixels.astype(numpy.float32) / 255 - mean) / numpy.array(about["deviation"], numpy.float32)


def onnx(pixels):
    import onnxruntime

    session = onnxruntime.InferenceSession(str(HERE / "model.onnx"), providers=["CPUExecutionProvider"])
    x = normalized(pixels).transpose(0, 3, 1, 2)
    return session.run(["logits"], {"x": numpy.ascontiguousarray(x)})[0], onnxruntime.__version__


def onnx_image(pixels):
    import onnxruntime

    file = str(HERE / "model-image.onnx")
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    return session.run(["probabilities"], {"image": pixels})[0], onnxruntime.__version__


def pytorch(pixels):
    import torch

    import network

    module, about = network.load(HERE)
    with torch.no_grad():
        return module(network.normalized(pixels.copy(), about)).numpy(), torch.__version__


def saved_model(pixels):
    import tensorflow

    model = tensorflow.saved_model.load(str(HERE / "saved_model"))
    result = model.signatures["serving_default"](tensorflow.constant(normalized(pixels)))
    return result["logits"].numpy(), tensorflow.__version__


FORMATS = {
    "onnx": ("model.onnx", onnx),
    "onnx-image": ("model-image.onnx", onnx_image),
    "pytorch": ("model.safetensors", pytorch),
    "saved-model": ("saved_model", saved_model),
}

RUNTIMES = {
    "onnx": "onnxruntime",
    "onnx-image": "onnxruntime",
    "pytorch": "torch",
    "saved-model": "tensorflow",
}


def softmax(logits):
    powers = numpy.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def main():
    expected = read_tensors(HERE / "check" / "check.safetensors")
    pixels, source = images(expected)
    results = []
    for name, (file, compute) in FORMATS.items():
        if not (HERE / file).exists() or (sys.argv[1:] and name not in sys.argv[1:]):
            continue
        try:
            outputs, version = compute(pixels)
        except ImportError as error:
            results.append({"format": name, "missing": error.name})
            continue
        truth = softmax(expected["logits"]) if name == "onnx-image" else expected["logits"]
        same = (outputs.argmax(axis=1) == truth.argmax(axis=1)).sum()
        results.append(
            {
                "format": name,
                "runtime": f"{RUNTIMES[name]} {version}",
                "images": len(pixels),
                "source": source,
                "sameClass": int(same),
                "largestDifference": float(numpy.abs(outputs - truth).max()),
            }
        )
    print(json.dumps(results))


main()
