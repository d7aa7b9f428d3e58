"""A residual variational autoencoder in PyTorch, step by step: the oracle of main/engine's.

Reads the starting weights, images and noise that the test wrote, writes each step's loss terms, the first
step's gradients and the last weights. Weight names and layouts are the app's.

python3 torch_autoencoder.py IN.safetensors OUT.safetensors '{"likelihood": "bernoulli", "steps": 5, "rate": 1e-3}'
"""

import json
import sys

import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.torch import save_file

EPSILON = 1e-5


def conv(h, w, stride=1):
    return F.conv2d(h, w, stride=stride, padding=(w.shape[-1] - 1) // 2)


def norm(h, weights, name):
    return F.batch_norm(h, None, None, weights[f"{name}.weight"], weights[f"{name}.bias"], True, 0, EPSILON)


def up(h, w, stride):
    kernel = w.shape[-1]
    padding = -((stride - kernel) // 2)
    return F.conv_transpose2d(h, w, stride=stride, padding=padding, output_padding=2 * padding - kernel + stride)


def blocks(weights, prefix):
    names = {k[: -len(".conv1.weight")] for k in weights if k.startswith(prefix) and k.endswith(".conv1.weight")}
    return sorted(names)


def encode(x, weights):
    h = F.relu(norm(conv(x, weights["conv1.weight"]), weights, "bn1"))
    for name in blocks(weights, "layer"):
        projection = weights.get(f"{name}.downsample.0.weight")
        stride = 1 if name.startswith("layer1.") or not name.endswith(".0") else 2
        y = F.relu(norm(conv(h, weights[f"{name}.conv1.weight"], stride), weights, f"{name}.bn1"))
        y = norm(conv(y, weights[f"{name}.conv2.weight"]), weights, f"{name}.bn2")
        if projection is not None:
            h = norm(F.conv2d(h, projection, stride=stride), weights, f"{name}.downsample.1")
        h = F.relu(y + h)
    return F.linear(h.mean((2, 3)), weights["fc.weight"], weights["fc.bias"]).chunk(2, 1)


def decode(z, weights, size):
    values = F.linear(z, weights["decoder.fc.weight"], weights["decoder.fc.bias"])
    channels = weights["decoder.bn1.weight"].shape[0]
    h = values.reshape(-1, size, size, channels).permute(0, 3, 1, 2)
    h = F.relu(norm(h, weights, "decoder.bn1"))
    for name in blocks(weights, "decoder.layer"):
        shortcut = weights.get(f"{name}.upsample.0.weight")
        first = weights[f"{name}.conv1.weight"]
        grows = shortcut is not None and shortcut.shape[-1] == 2
        y = up(h, first, 2) if grows else conv(h, first)
        y = F.relu(norm(y, weights, f"{name}.bn1"))
        y = norm(conv(y, weights[f"{name}.conv2.weight"]), weights, f"{name}.bn2")
        if shortcut is not None:
            h = norm(up(h, shortcut, 2) if grows else F.conv2d(h, shortcut), weights, f"{name}.upsample.1")
        h = F.relu(y + h)
    return F.conv2d(h, weights["decoder.conv.weight"], weights["decoder.conv.bias"], padding=1)


def terms(x, noise, weights, likelihood):
    mean, log_variance = encode(x, weights)
    z = mean + torch.exp(log_variance / 2) * noise
    said = decode(z, weights, x.shape[2] // 2)
    if likelihood == "bernoulli":
        each = F.binary_cross_entropy_with_logits(said, x, reduction="none")
    else:
        each = -torch.distributions.Normal(said, 1.0).log_prob(x)
    kl = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(1)
    return each.sum((1, 2, 3)).mean(), kl.mean()


def main(source, target, options):
    with safe_open(source, "pt") as file:
        given = {name: file.get_tensor(name).double() for name in file.keys()}
    images = given.pop("images").permute(0, 3, 1, 2) / 255
    noise = given.pop("noise")
    weights = {n: w.requires_grad_() for n, w in given.items() if "running" not in n}
    out = {}
    losses = []
    for step in range(options["steps"]):
        reconstruction, divergence = terms(images, noise[step], weights, options["likelihood"])
        gradients = torch.autograd.grad(reconstruction + divergence, list(weights.values()))
        losses.append(torch.stack([reconstruction, divergence]).detach())
        if step == 0:
            out.update({f"gradient/{n}": g.float().contiguous() for n, g in zip(weights, gradients)})
        with torch.no_grad():
            for w, g in zip(weights.values(), gradients):
                w -= options["rate"] * g
    out["terms"] = torch.stack(losses).float()
    out.update({f"weight/{n}": w.detach().float().contiguous() for n, w in weights.items()})
    save_file(out, target)


main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]))
