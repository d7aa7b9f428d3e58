"""PyTorch's answers for transposed convolutions and the terms of a variational autoencoder's objective.

python3 variational_oracle.py fixtures/training/variational.safetensors

Computed in float64 from float32 inputs and stored as float32: what is compared is our rounding alone.
Maps are stored as the engine has them, [N, H, W, C]; kernels as PyTorch does, [C, O, k, k].
"""

import json
import sys

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

# kernel, stride, padding, output padding, height, width, channels in, channels out
CONVOLUTIONS = [
    (3, 2, 1, 1, 4, 4, 5, 3),
    (3, 2, 1, 0, 5, 3, 2, 4),
    (2, 2, 0, 0, 4, 3, 3, 2),
    (4, 2, 1, 0, 4, 4, 4, 8),
    (3, 1, 1, 0, 6, 5, 3, 3),
    (1, 2, 0, 1, 3, 3, 2, 2),
    (3, 3, 0, 2, 3, 2, 2, 3),
]


def draw(*shape):
    return torch.randn(*shape, dtype=torch.float32).double().requires_grad_()


def channels_last(x):
    return x.detach().permute(0, 2, 3, 1).contiguous().float()


def convolution(name, tensors, case):
    kernel, stride, padding, extra, height, width, inner, outer = case
    x = draw(2, inner, height, width)
    w = draw(inner, outer, kernel, kernel)
    y = F.conv_transpose2d(x, w, stride=stride, padding=padding, output_padding=extra)
    dy = torch.randn_like(y).float().double()
    dx, dw = torch.autograd.grad(y, [x, w], dy)
    for key, value in (("x", x), ("y", y), ("dy", dy), ("dx", dx)):
        tensors[f"{name}.{key}"] = channels_last(value)
    tensors[f"{name}.w"] = w.detach().float().contiguous()
    tensors[f"{name}.dw"] = dw.float().contiguous()


def objective(tensors):
    mean, log_variance = draw(4, 6), draw(4, 6)
    noise = torch.randn(4, 6).double()
    z = mean + torch.exp(0.5 * log_variance) * noise
    normal = torch.distributions.Normal
    posterior = normal(mean, torch.exp(0.5 * log_variance))
    kl = torch.distributions.kl_divergence(posterior, normal(0.0, 1.0)).sum(1)
    weigh = torch.randn_like(z).float().double()
    sample_gradient = torch.autograd.grad((z * weigh).sum(), [mean, log_variance], retain_graph=True)
    kl_gradient = torch.autograd.grad(kl.sum(), [mean, log_variance])
    for key, value in {
        "mean": mean, "log_variance": log_variance, "noise": noise, "z": z, "kl": kl, "weigh": weigh,
        "z.d_mean": sample_gradient[0], "z.d_log_variance": sample_gradient[1],
        "kl.d_mean": kl_gradient[0], "kl.d_log_variance": kl_gradient[1],
    }.items():
        tensors[f"latent.{key}"] = value.detach().float().contiguous()
    logits = (8 * torch.randn(3, 4, 5, 2)).double().requires_grad_()
    pixels = torch.randint(0, 256, (3, 4, 5, 2)).float().div(255).double()
    bernoulli = F.binary_cross_entropy_with_logits(logits, pixels, reduction="none").sum((1, 2, 3))
    gaussian = -normal(logits, 0.3).log_prob(pixels).sum((1, 2, 3))
    for key, value in {
        "logits": logits, "pixels": pixels, "bernoulli": bernoulli, "gaussian": gaussian,
        "bernoulli.d_logits": torch.autograd.grad(bernoulli.sum(), logits)[0],
        "gaussian.d_logits": torch.autograd.grad(gaussian.sum(), logits)[0],
    }.items():
        tensors[f"image.{key}"] = value.detach().float().contiguous()


def main(path):
    torch.manual_seed(14)
    tensors = {}
    cases = []
    for index, case in enumerate(CONVOLUTIONS):
        convolution(f"conv{index}", tensors, case)
        keys = ("kernel", "stride", "padding", "outputPadding")
        cases.append(dict(zip(keys, case)))
    objective(tensors)
    about = {"torch": torch.__version__, "convolutions": cases, "deviation": 0.3}
    save_file(tensors, path, metadata={"about": json.dumps(about)})


main(sys.argv[1])
