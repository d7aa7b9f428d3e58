"""PyTorch's mixed precision (torch.autocast on the CPU): losses of twenty steps and a first gradient, in
bfloat16 and in float32, from the same weights (README.md says what is in the file).

    python torch_autocast.py OUT.safetensors
"""

import copy
import json
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from torch import nn

from torch_oracle import Case, Optimizer, draw, named, sgd, spec_named, to_numpy, weights_of

# No strided 1×1 projections: oneDNN, which PyTorch uses too, overruns memory in their gradient (oneDNN#6035). A
# batch of 32, so that statistics do not turn with the last bit, and small steps.
CASE = Case(
    "autocast",
    spec_named("mini-basic-a"),
    count=64,
    batchSize=32,
    seed=4,
    optimizer=Optimizer(rate=0.02),
)


def train(problem, with_autocast):
    network = copy.deepcopy(problem.network).float().train()
    optimizer = sgd(network, CASE.optimizer)
    criterion = nn.CrossEntropyLoss()
    x = problem.x.float()
    losses, first = [], None
    for indices in problem.batches:
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=with_autocast):
            logits = network(x[indices])
        loss = criterion(logits.float(), problem.labels[indices])
        optimizer.zero_grad()
        loss.backward()
        if first is None:
            first = {name: p.grad.clone() for name, p in network.named_parameters()}
        optimizer.step()
        losses.append(loss.item())
    return torch.tensor(losses), first


def main(out):
    problem = draw(CASE)
    tensors = {
        "images": problem.images.numpy(),
        "labels": problem.labels.numpy().astype(np.int32),
        "batches": problem.batches.numpy().astype(np.int32),
        **named("weights", weights_of(problem.network)),
    }
    for name, with_autocast in (("float32", False), ("bfloat16", True)):
        losses, gradients = train(problem, with_autocast)
        tensors[f"losses.{name}"] = losses
        tensors.update(named(f"grad.{name}", gradients))
    about = {
        "spec": CASE.spec,
        "height": CASE.height,
        "width": CASE.width,
        "channels": CASE.channels,
        "classes": CASE.classes,
        "rate": CASE.optimizer.rate,
        "normalization": problem.normalization,
        "torch": torch.__version__,
    }
    save_file(
        {name: to_numpy(tensor) for name, tensor in tensors.items()},
        out,
        metadata={"about": json.dumps(about)},
    )


if __name__ == "__main__":
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)
    main(Path(sys.argv[1]))
