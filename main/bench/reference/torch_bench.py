"""Times a full SGD training step in PyTorch, for `npm run bench` to stand beside its own.

    python torch_bench.py --arch-json SPEC.json --input 32x32x3 --classes 10 --batch 128

`eager`: as anyone would write it. `channels_last`: the memory format PyTorch recommends for
convolutions. `compile`: that and torch.compile (needs a C++ compiler). `bf16`, `bf16-compile`, `fp16`,
`fp16-compile`: the last two under autocast, only when asked for; float16 with a loss scale.
`--evaluate`: logits and loss in evaluation mode. Default threads. The batch is given as normalized floats.
"""

import measure
import torch
from torch import nn
from torch_network import build, parameter_count

MODES = ["eager", "channels_last", "compile", "bf16", "bf16-compile", "fp16", "fp16-compile"]
LOW_TYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}
DEFAULT_MODES = MODES[:3]


def measure_mode(mode, options):
    torch.manual_seed(1)
    _, _, channels = options.input
    network = build(options.arch_json, channels, options.classes)
    parameters = parameter_count(network)
    layout = torch.contiguous_format if mode == "eager" else torch.channels_last
    network = network.to(options.device, memory_format=layout).train(not options.evaluate)
    forward = torch.compile(network) if mode.endswith("compile") else network
    optimizer = torch.optim.SGD(
        network.parameters(),
        lr=measure.RATE,
        momentum=measure.MOMENTUM,
        weight_decay=measure.WEIGHT_DECAY,
    )
    criterion = nn.CrossEntropyLoss()
    images, labels = measure.examples(options, 4 * options.batch)
    x = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous(memory_format=layout).to(options.device)
    y = torch.from_numpy(labels).to(options.device)
    batches = list(zip(x.split(options.batch), y.split(options.batch)))
    low = LOW_TYPES.get(mode.split("-")[0])
    scaler = torch.amp.GradScaler(options.device, enabled=low == torch.float16)

    def step(i):
        inputs, targets = batches[i % len(batches)]
        with torch.autocast(options.device, low, enabled=low is not None):
            loss = criterion(forward(inputs), targets)
        if options.evaluate:
            return loss.item()
        optimizer.zero_grad()
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        return loss.item()

    with torch.inference_mode(options.evaluate):
        return measure.time_steps(options, step), {"parameters": parameters}


def main():
    options = measure.arguments(__doc__.splitlines()[0], MODES, DEFAULT_MODES)
    versions = {"torch": torch.__version__}
    if options.device == "cuda":
        versions |= {"cuda": torch.version.cuda, "gpu": torch.cuda.get_device_name()}
    facts = measure.facts(versions, torch.get_num_threads())
    for mode in options.modes:
        measure.report(mode, lambda: measure_mode(mode, options), facts)


if __name__ == "__main__":
    main()
