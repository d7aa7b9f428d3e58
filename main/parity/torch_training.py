"""PyTorch's answers for how a network is trained: optimizers, schedules, averages, accumulated gradients,
frozen stages (README.md says what is in the files).

    python torch_training.py OUT_DIR      # the committed files

Computed in float64 and stored in float32, as by torch_oracle.py.
"""

import copy
import json
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from torch_oracle import Case, Optimizer, draw, named, sgd, spec_named, to_numpy, weights_of

STEPS = 20
ADAMW = {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.05}


def optimizer_traces():
    """The same gradients go into PyTorch's optimizer and the app's: parameters after every step."""
    generator = torch.Generator().manual_seed(11)
    start = torch.randn(24, generator=generator, dtype=torch.float64)
    # From large to tiny: AdamW takes steps of the same size for all, down to where ε matters.
    scale = 10 ** torch.linspace(1, -9, 24, dtype=torch.float64)
    gradients = torch.randn(STEPS, 24, generator=generator, dtype=torch.float64) * scale
    # PyTorch sees what the app sees.
    start, gradients = start.float().double(), gradients.float().double()
    rates = [1e-2 * (1 + step % 3) for step in range(STEPS)]
    makers = {
        "adamw": lambda p: torch.optim.AdamW(p, **ADAMW),
        "adamw-no-decay": lambda p: torch.optim.AdamW(p, **{**ADAMW, "weight_decay": 0}),
        "adamw-betas": lambda p: torch.optim.AdamW(
            p, **{**ADAMW, "betas": (0.5, 0.9), "eps": 1e-4}
        ),
        "sgd": lambda p: torch.optim.SGD(p, lr=0, momentum=0.9, weight_decay=0.05),
        "sgd-nesterov": lambda p: torch.optim.SGD(
            p, lr=0, momentum=0.9, weight_decay=0.05, nesterov=True
        ),
    }
    tensors = {"start": start, "gradients": gradients, "rates": torch.tensor(rates)}
    for name, make in makers.items():
        parameter = nn.Parameter(start.clone())
        optimizer = make([parameter])
        trace = []
        for gradient, rate in zip(gradients, rates):
            optimizer.param_groups[0]["lr"] = rate
            parameter.grad = gradient.clone()
            optimizer.step()
            trace.append(parameter.detach().clone())
        tensors[f"trace.{name}"] = torch.stack(trace)
    return tensors


def schedules():
    """Learning rates of every step, as PyTorch's schedulers give them."""

    def rates(steps, rate, make):
        optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=rate)
        scheduler = make(optimizer)
        found = []
        for step in range(steps):
            found.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            if step + 1 < steps:
                scheduler.step()
        return found

    lr = torch.optim.lr_scheduler
    one_cycle = {"div_factor": 25, "final_div_factor": 1e4, "cycle_momentum": False}
    cases = [
        (
            {"kind": "one-cycle", "rate": 0.4},
            100,
            lambda o: lr.OneCycleLR(o, 0.4, total_steps=100, **one_cycle),
        ),
        (
            {"kind": "one-cycle", "rate": 0.02, "rise": 0.25, "curve": "linear"},
            57,
            lambda o: lr.OneCycleLR(
                o, 0.02, total_steps=57, pct_start=0.25, anneal_strategy="linear", **one_cycle
            ),
        ),
        (
            {"kind": "polynomial", "rate": 0.1},
            40,
            lambda o: lr.PolynomialLR(o, total_iters=40, power=1.0),
        ),
        (
            {"kind": "polynomial", "rate": 0.1, "power": 0.9},
            64,
            lambda o: lr.PolynomialLR(o, total_iters=64, power=0.9),
        ),
        ({"kind": "cosine", "rate": 0.1}, 50, lambda o: lr.CosineAnnealingLR(o, T_max=50)),
        (
            {"kind": "step", "rate": 0.1, "milestones": [0.5, 0.75], "factor": 0.1},
            64,
            lambda o: lr.MultiStepLR(o, milestones=[32, 48], gamma=0.1),
        ),
    ]
    return [
        {"schedule": schedule, "rates": rates(steps, schedule["rate"], make)}
        for schedule, steps, make in cases
    ]


def adamw(network, case):
    return torch.optim.AdamW(network.parameters(), **ADAMW)


def train(network, problem, optimizer, parts=1, freeze=None, average=None):
    """Losses of each step; a batch in so many parts, whose gradients are added up."""
    criterion = nn.CrossEntropyLoss()
    losses = []
    for indices in problem.batches:
        network.train()
        if freeze is not None:
            freeze(network)
        optimizer.zero_grad()
        total = 0.0
        for part in indices.chunk(parts):
            loss = criterion(network(problem.x[part]), problem.labels[part]) / parts
            loss.backward()
            total += loss.item()
        optimizer.step()
        if average is not None:
            average.update_parameters(network)
        losses.append(total)
    return torch.tensor(losses, dtype=torch.float64)


def freeze_first_stage(network):
    for module in (network.conv1, network.bn1, network.layer1):
        module.eval()
        for parameter in module.parameters():
            parameter.requires_grad_(False)


def network_cases():
    """name → (settings for the app, answers)."""
    spec = spec_named("mini-bottleneck")
    case = Case("", spec, seed=3, optimizer=Optimizer())
    problem = draw(case)
    x, first = problem.x, problem.batches[0]

    def case_of(settings, make=None, with_average=False, **options):
        network = copy.deepcopy(problem.network).double()
        if options.get("freeze") is not None:
            options["freeze"](network)
        average = None
        if with_average:
            # Starts at the weights before the first step, where AveragedModel would start after it.
            average = AveragedModel(
                network, multi_avg_fn=get_ema_multi_avg_fn(0.9), use_buffers=True
            )
            average.n_averaged += 1
        optimizer = (make or (lambda n, c: sgd(n, c.optimizer)))(network, case)
        losses = train(network, problem, optimizer, average=average, **options)
        tensors = {"losses": losses, **named("final", weights_of(network))}
        evaluated = network if average is None else average.module
        if average is not None:
            tensors.update(named("average", weights_of(average.module)))
        evaluated.eval()
        with torch.no_grad():
            plain, mirrored = evaluated(x[first]), evaluated(x[first].flip(-1))
        tensors["logits"] = plain
        tensors["logits_flipped"] = (plain + mirrored) / 2
        return settings, tensors

    cases = {
        "adamw": case_of({"optimizer": "adamw"}, make=adamw),
        "accumulation": case_of({"microBatches": 2}, parts=2),
        "average": case_of({"averageDecay": 0.9}, with_average=True),
        "frozen": case_of({"frozenStages": 1}, freeze=freeze_first_stage),
        "all": case_of(
            {
                "optimizer": "adamw",
                "microBatches": 4,
                "averageDecay": 0.9,
                "frozenStages": 1,
            },
            make=lambda n, c: torch.optim.AdamW(
                [p for p in n.parameters() if p.requires_grad], **ADAMW
            ),
            parts=4,
            with_average=True,
            freeze=freeze_first_stage,
        ),
    }
    common = {
        "images": problem.images.numpy(),
        "labels": problem.labels.numpy().astype(np.int32),
        "batches": problem.batches.numpy().astype(np.int32),
        **named("weights", weights_of(problem.network)),
    }
    about = {
        "spec": spec,
        "height": case.height,
        "width": case.width,
        "channels": case.channels,
        "classes": case.classes,
        "rate": case.optimizer.rate,
        "normalization": problem.normalization,
    }
    return common, about, cases


def main(out):
    out.mkdir(parents=True, exist_ok=True)
    torch_version = {"torch": torch.__version__}
    traces = {name: to_numpy(tensor) for name, tensor in optimizer_traces().items()}
    adam = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weightDecay": 0.05}
    text = {"schedules": schedules(), "adamw": adam, **torch_version}
    save_file(traces, out / "traces.safetensors", metadata={"about": json.dumps(text)})
    common, about, cases = network_cases()
    tensors = dict(common)
    settings = {}
    for name, (chosen, answers) in cases.items():
        settings[name] = chosen
        tensors.update(named(f"case.{name}", answers))
    text = {**about, "cases": settings, "adamw": {**adam, "rate": ADAMW["lr"]}, **torch_version}
    save_file(
        {name: to_numpy(tensor) for name, tensor in tensors.items()},
        out / "networks.safetensors",
        metadata={"about": json.dumps(text)},
    )


if __name__ == "__main__":
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)
    main(Path(sys.argv[1]))
