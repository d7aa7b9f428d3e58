"""Times a full SGD training step in PyTorch, for `npm run bench` to stand beside its own.

    python torch_bench.py --arch-json SPEC.json --input 32x32x3 --classes 10 --batch 128

`eager`: as anyone would write it. `channels_last`: the memory format PyTorch recommends for
convolutions. `compile`: that and torch.compile (needs a C++ compiler). `bf16`, `bf16-compile`: the
last two under autocast, only when asked for. `--evaluate`: logits and loss in evaluation mode. Default threads. The batch is given as normalized floats.
"""

import measure
import torch
from torch import nn
from torch_network import build, parameter_count

MODES = ["eager", "channels_last", "compile", "bf16", "bf16-compile"]
DEFAULT_MODES = MODES[:3]


def measure_mode(mode, options):
    torch.manual_seed(1)
    _, _, channels = options.input
    network = build(options.arch_json, channels, options.classes)
    parameters = parameter_count(network)
    layout = torch.contiguous_format if mode == "eager" else torch.channels_last
    network = network.to(memory_format=layout).train(not options.evaluate)
    forward = torch.compile(network) if mode.endswith("compile") else network
    optimizer = torch.optim.SGD(
        network.parameters(),
        lr=measure.RATE,
        momentum=measure.MOMENTUM,
        weight_decay=measure.WEIGHT_DECAY,
    )
    criterion = nn.CrossEntropyLoss()
    images, labels = measure.examples(options, 4 * options.batch)
    x = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous(memory_format=layout)
    batches = list(zip(x.split(options.batch), torch.from_numpy(labels).split(options.batch)))

    def step(i):
        inputs, targets = batches[i % len(batches)]
        with torch.autocast("cpu", torch.bfloat16, enabled=mode.startswith("bf16")):
            loss = criterion(forward(inputs), targets)
        if options.evaluate:
            return loss.item()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    with torch.inference_mode(options.evaluate):
        return measure.time_steps(options, step), {"parameters": parameters}


def main():
    options = measure.arguments(__doc__.splitlines()[0], MODES, DEFAULT_MODES)
    facts = measure.facts({"torch": torch.__version__}, torch.get_num_threads())
    for mode in options.modes:
        measure.report(mode, lambda: measure_mode(mode, options), facts)


if __name__ == "__main__":
    main()
