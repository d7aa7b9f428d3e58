"""PyTorch's answers for the parity tests: logits, gradients, statistics and a training curve of any
architecture spec, as one safetensors file per case (README.md says what is in it).

    python torch_oracle.py fixtures OUT_DIR                 # the committed cases
    python torch_oracle.py run SPEC.json OUT.safetensors    # any one case; see --help
    python torch_oracle.py count SPEC.json …                # parameters and multiply-adds
    python torch_oracle.py counts ENTRIES.json OUT.json     # those of many networks
    python torch_oracle.py serve                            # cases as lines of JSON, for a test
    python torch_oracle.py seeds                            # how SEEDS was chosen

Everything is computed in float64 and stored in float32, so that the oracle is the exact side.
"""

import argparse
import copy
import json
import sys
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from torch import nn

from spec import parse_input, read
from torch_network import build, initialize, multiply_adds, parameter_count

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Optimizer:
    """Field names are the app's."""

    rate: float = 0.01
    momentum: float = 0.9
    nesterov: bool = False
    weightDecay: float = 5e-4
    decayNormAndBias: bool = True
    clipNorm: float | None = None


@dataclass(frozen=True)
class Case:
    name: str
    spec: dict
    height: int = 12
    width: int = 12
    channels: int = 3
    classes: int = 5
    count: int = 64
    batchSize: int = 8
    steps: int = 20
    seed: int = 1
    labelSmoothing: float = 0.0
    optimizer: Optimizer = field(default_factory=Optimizer)


def spec_named(name):
    return read(HERE / "fixtures" / "specs" / f"{name}.json")


# A pre-activation close to 0 falls on either side of a ReLU in float32, and from there the curves of
# two correct programs part. So each committed case takes, of the seeds 1 to 6, the one whose curve
# moves least when its weights are disturbed (the command `seeds`), and steps are small.
SEEDS = {
    "mini-plain": 1,
    "mini-basic-a": 2,
    "mini-basic-b": 4,
    "mini-basic-c": 1,
    "mini-bottleneck": 3,
    "mini-preact": 4,
    "mini-preact-bottleneck": 5,
    "mini-wide": 4,
    "mini-grouped": 3,
    "mini-resnet18": 1,
    "mini-resnet50": 1,
    "mini-wide-resnet50-2": 6,
    "mini-resnext50": 6,
    "nesterov": 6,
    "label-smoothing": 6,
    "no-decay-on-norm-and-bias": 3,
    "clip-norm": 1,
}

# What came after the first kinds: small, so that many cases cost little.
LATER = [
    "mini-bn-after",
    "mini-bottleneck-bn-after",
    "mini-relu-before",
    "mini-bottleneck-relu-before",
    "mini-relu-only",
    "mini-bottleneck-relu-only",
    "mini-scaling",
    "mini-exclusive",
    "mini-shortcut-gate",
    "mini-shortcut-dropout",
    "mini-highway",
    "mini-sd",
    "mini-sd-uniform",
    "mini-effective",
    "mini-dilated",
    "mini-wide38",
    "mini-wide38-dilated",
    "mini-se",
    "mini-gn",
    "mini-wide-dropout",
]


def committed_cases():
    small = [
        ("mini-plain", {}),
        # Odd and unequal sides and one channel: strides must agree on which pixels they take.
        ("mini-basic-a", {"height": 13, "width": 11, "channels": 1}),
        ("mini-basic-b", {}),
        ("mini-basic-c", {}),
        ("mini-bottleneck", {}),
        ("mini-preact", {"height": 11, "width": 14}),
        ("mini-preact-bottleneck", {}),
        ("mini-wide", {}),
        ("mini-grouped", {}),
    ]
    cases = [Case(name, spec_named(name), **changes) for name, changes in small]
    # A batch norm of the last stage sees 12 × 2 × 2 values: fewer would make it too sensitive.
    imagenet = {"height": 40, "width": 40, "count": 12, "batchSize": 12}
    cases += [
        Case(name, spec_named(name), **imagenet, optimizer=Optimizer(rate=0.002))
        for name in ("mini-resnet18", "mini-resnet50", "mini-wide-resnet50-2", "mini-resnext50")
    ]
    # Odd and unequal sides: average pooling must agree on what stands at the edge.
    tweaked = {"height": 37, "width": 33, "count": 12, "batchSize": 12}
    cases.append(
        Case(
            "mini-resnet50-d",
            spec_named("mini-resnet50-d"),
            **tweaked,
            optimizer=Optimizer(rate=0.002),
        )
    )
    later = {"height": 9, "width": 10, "count": 32, "optimizer": Optimizer(rate=0.04)}
    cases += [Case(name, spec_named(name), **later) for name in LATER]
    settings = Case("", spec_named("mini-bottleneck"))
    optimizer = settings.optimizer
    # A large decay, so that what it leaves out shows in twenty steps.
    selective = replace(optimizer, weightDecay=0.05, decayNormAndBias=False)
    cases += [
        replace(settings, name="nesterov", optimizer=replace(optimizer, nesterov=True)),
        replace(settings, name="label-smoothing", labelSmoothing=0.1),
        replace(settings, name="no-decay-on-norm-and-bias", optimizer=selective),
        replace(settings, name="clip-norm", optimizer=replace(optimizer, clipNorm=1.0)),
    ]
    return [replace(case, seed=SEEDS.get(case.name, 1)) for case in cases]


def dataset(case, generator):
    """Noise around one random picture per class, so that there is something to learn."""
    labels = torch.arange(case.count) % case.classes
    size = (case.height, case.width, case.channels)
    templates = torch.randint(48, 208, (case.classes, *size), generator=generator)
    noise = torch.randint(-48, 48, (case.count, *size), generator=generator)
    images = (templates[labels] + noise).to(torch.uint8)
    return images, labels


def unsettle(network, generator):
    """Scales, shifts and statistics that no mistake can hide behind (ones and zeros can)."""
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, (nn.BatchNorm2d, nn.GroupNorm)):
                module.weight.uniform_(0.5, 1.5, generator=generator)
                module.bias.normal_(0, 0.2, generator=generator)
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean.normal_(0, 0.3, generator=generator)
                module.running_var.uniform_(0.5, 2, generator=generator)
            elif isinstance(module, nn.Linear):
                module.bias.normal_(0, 0.1, generator=generator)


def sgd(network, options):
    matrices = [p for p in network.parameters() if p.dim() > 1]
    vectors = [p for p in network.parameters() if p.dim() <= 1]
    decay = options.weightDecay
    return torch.optim.SGD(
        [
            {"params": matrices, "weight_decay": decay},
            {"params": vectors, "weight_decay": decay if options.decayNormAndBias else 0},
        ],
        lr=options.rate,
        momentum=options.momentum,
        nesterov=options.nesterov,
    )


def train(network, case, x, labels, batches):
    """Losses of each step, before its update; leaves the network trained."""
    network.train()
    optimizer = sgd(network, case.optimizer)
    criterion = nn.CrossEntropyLoss(label_smoothing=case.labelSmoothing)
    losses = []
    for step, indices in enumerate(batches):
        network.randomness["seed"] = (0, step)
        loss = criterion(network(x[indices]), labels[indices])
        optimizer.zero_grad()
        loss.backward()
        if case.optimizer.clipNorm is not None:
            nn.utils.clip_grad_norm_(network.parameters(), case.optimizer.clipNorm)
        optimizer.step()
        losses.append(loss.item())
    return torch.tensor(losses, dtype=torch.float64)


def weights_of(network):
    """Parameters and running statistics; PyTorch's batch counters are of no use here."""
    state = network.state_dict()
    return {k: v.clone() for k, v in state.items() if not k.endswith("num_batches_tracked")}


@dataclass(frozen=True)
class Problem:
    """A case with its data drawn: everything that depends on the seed."""

    network: nn.Module
    images: torch.Tensor
    labels: torch.Tensor
    batches: torch.Tensor
    normalization: dict
    x: torch.Tensor


def draw(case):
    generator = torch.Generator().manual_seed(case.seed)
    images, labels = dataset(case, generator)
    order = [torch.randperm(case.count, generator=generator) for _ in range(case.steps)]
    batches = torch.cat(order)[: case.steps * case.batchSize].view(case.steps, case.batchSize)
    network = build(case.spec, case.channels, case.classes)
    initialize(network, generator)
    unsettle(network, generator)
    pixels = images.double() / 255
    mean = pixels.mean(dim=(0, 1, 2)).numpy().round(4)
    deviation = pixels.std(dim=(0, 1, 2)).numpy().round(4)
    x = ((pixels - torch.tensor(mean)) / torch.tensor(deviation)).permute(0, 3, 1, 2)
    normalization = {"mean": mean.tolist(), "deviation": deviation.tolist()}
    return Problem(network, images, labels, batches, normalization, x)


def answers(case):
    """All tensors of a case and what to say about it."""
    problem = draw(case)
    x, labels, batches = problem.x, problem.labels, problem.batches

    network = copy.deepcopy(problem.network).double()
    first = batches[0]
    network.eval()
    with torch.no_grad():
        logits_eval = network(x[first])
    network.train()
    network.randomness["seed"] = (0, 0)
    logits_train = network(x[first])
    loss = nn.CrossEntropyLoss(label_smoothing=case.labelSmoothing)(logits_train, labels[first])
    loss.backward()
    # A block that sat the step out has none.
    gradients = {
        name: torch.zeros_like(p) if p.grad is None else p.grad
        for name, p in network.named_parameters()
    }
    statistics = {k: v for k, v in weights_of(network).items() if "running_" in k}

    trained = copy.deepcopy(problem.network).double()
    losses = train(trained, case, x, labels, batches)
    single = copy.deepcopy(problem.network)
    losses_single = train(single, case, x.float(), labels, batches)

    tensors = {
        "images": problem.images.numpy(),
        "labels": labels.numpy().astype(np.int32),
        "batches": batches.numpy().astype(np.int32),
        "logits_train": logits_train,
        "logits_eval": logits_eval,
        "loss": loss,
        "losses": losses,
        "losses_float32": losses_single,
        **named("weights", weights_of(problem.network)),
        **named("grad", gradients),
        **named("statistics", statistics),
        **named("final", weights_of(trained)),
    }
    about = {
        **asdict(case),
        "format": 1,
        "spec": case.spec,
        "normalization": problem.normalization,
        "torch": torch.__version__,
    }
    return {k: to_numpy(v) for k, v in tensors.items()}, about


def sensitivity(case):
    """How far the loss curve moves, relatively, when weights change by a few float32 roundings."""
    problem = draw(case)
    rest = (case, problem.x, problem.labels, problem.batches)
    undisturbed = train(copy.deepcopy(problem.network).double(), *rest)
    furthest = 0.0
    for seed in range(4):
        generator = torch.Generator().manual_seed(seed)
        disturbed = copy.deepcopy(problem.network).double()
        with torch.no_grad():
            for p in disturbed.parameters():
                noise = torch.randn(p.shape, generator=generator, dtype=p.dtype)
                p.mul_(1 + 5e-7 * noise)
        losses = train(disturbed, *rest)
        furthest = max(furthest, (losses / undisturbed - 1).abs().max().item())
    return furthest


def named(prefix, tensors):
    return {f"{prefix}.{name}": tensor for name, tensor in tensors.items()}


def to_numpy(value):
    if isinstance(value, np.ndarray):
        return np.ascontiguousarray(value)
    return np.ascontiguousarray(value.detach().to(torch.float32).numpy())


def write_case(case, path):
    tensors, about = answers(case)
    save_file(tensors, path, metadata={"case": json.dumps(about)})
    losses, single = tensors["losses"], tensors["losses_float32"]
    drift = float(np.max(np.abs(single / losses - 1)))
    print(
        f"{path.name}: {path.stat().st_size / 1024:.0f} KiB, loss {losses[0]:.4f} → "
        f"{losses[-1]:.4f}, float32 drifts by {drift:.0e}",
        flush=True,
    )


def run_fixtures(options):
    options.out.mkdir(parents=True, exist_ok=True)
    for case in committed_cases():
        write_case(case, options.out / f"{case.name}.safetensors")


def run_seeds(options):
    for case in committed_cases():
        values = [sensitivity(replace(case, seed=seed)) for seed in range(1, 7)]
        print(f"{case.name}: " + ", ".join(f"{value:.0e}" for value in values), flush=True)


def run_case(options):
    spec = read(options.spec)
    height, width, channels = parse_input(options.input)
    optimizer = Optimizer(
        rate=options.rate,
        momentum=options.momentum,
        nesterov=options.nesterov,
        weightDecay=options.weight_decay,
        decayNormAndBias=not options.no_decay_on_norm_and_bias,
        clipNorm=options.clip_norm,
    )
    case = Case(
        name=spec["name"],
        spec=spec,
        height=height,
        width=width,
        channels=channels,
        classes=options.classes,
        count=options.count,
        batchSize=options.batch,
        steps=options.steps,
        seed=options.seed,
        labelSmoothing=options.label_smoothing,
        optimizer=optimizer,
    )
    write_case(case, options.out)


def counted(spec, height, width, channels, classes):
    # On the meta device nothing is computed, so the largest networks count at once.
    with torch.device("meta"):
        network = build(spec, channels, classes)
        x = torch.empty(1, channels, height, width)
        return {"parameters": parameter_count(network), "macs": multiply_adds(network, x)}


def run_count(options):
    height, width, channels = parse_input(options.input)
    for path in options.spec:
        spec = read(path)
        counts = counted(spec, height, width, channels, options.classes)
        print(f"{spec['name']} {counts['parameters']} {counts['macs']}")


def run_counts(options):
    """Of what `zoo list --json` prints: every named network at the size it was published for."""
    entries = json.loads(options.entries.read_text())
    counts = {
        entry["name"]: counted(entry["spec"], **entry["input"], classes=entry["classes"])
        for entry in entries.get("architectures", entries)
    }
    lines = [f"  {json.dumps(name)}: {json.dumps(count)}" for name, count in counts.items()]
    options.out.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def run_serve(options):
    """A case per line, {"out": path, …fields of Case}; answers each with a line when it is written."""
    for line in sys.stdin:
        request = json.loads(line)
        out = Path(request.pop("out"))
        optimizer = Optimizer(**request.pop("optimizer", {}))
        case = Case(**request, optimizer=optimizer)
        tensors, about = answers(case)
        save_file(tensors, out, metadata={"case": json.dumps(about)})
        counts = counted(case.spec, case.height, case.width, case.channels, case.classes)
        print(json.dumps(counts), flush=True)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)

    fixtures = commands.add_parser("fixtures", help="write the committed cases")
    fixtures.add_argument("out", type=Path)
    fixtures.set_defaults(act=run_fixtures)

    seeds = commands.add_parser("seeds", help="the sensitivity of the committed cases by seed")
    seeds.set_defaults(act=run_seeds)

    run = commands.add_parser("run", help="write one case")
    run.add_argument("spec", type=Path, help="a spec, or what `zoo describe --json` prints")
    run.add_argument("out", type=Path)
    run.add_argument("--input", default="32x32x3", metavar="HxWxC")
    run.add_argument("--classes", type=int, default=10)
    run.add_argument("--count", type=int, default=64, help="images in the dataset")
    run.add_argument("--batch", type=int, default=8)
    run.add_argument("--steps", type=int, default=20)
    run.add_argument("--seed", type=int, default=1)
    run.add_argument("--label-smoothing", type=float, default=0.0)
    run.add_argument("--rate", type=float, default=Optimizer.rate)
    run.add_argument("--momentum", type=float, default=Optimizer.momentum)
    run.add_argument("--nesterov", action="store_true")
    run.add_argument("--weight-decay", type=float, default=Optimizer.weightDecay)
    run.add_argument("--no-decay-on-norm-and-bias", action="store_true")
    run.add_argument("--clip-norm", type=float)
    run.set_defaults(act=run_case)

    serve = commands.add_parser("serve", help="write the cases that are asked for on stdin")
    serve.set_defaults(act=run_serve)

    counts = commands.add_parser("counts", help="count many networks")
    counts.add_argument("entries", type=Path, help="what `zoo list --json` prints")
    counts.add_argument("out", type=Path)
    counts.set_defaults(act=run_counts)

    count = commands.add_parser("count", help="print parameters and multiply-adds")
    count.add_argument("spec", type=Path, nargs="+")
    count.add_argument("--input", default="32x32x3", metavar="HxWxC")
    count.add_argument("--classes", type=int, default=10)
    count.set_defaults(act=run_count)
    return parser.parse_args()


if __name__ == "__main__":
    torch.use_deterministic_algorithms(True)
    # Sums are then taken in one order on every machine, and tiny networks run faster.
    torch.set_num_threads(1)
    options = arguments()
    options.act(options)
