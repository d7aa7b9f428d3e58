"""The exported network as a PyTorch module: `load()` builds it from config.json, with the weights of
model.safetensors, ready to predict or to be trained further.

Modules have torchvision's names, so the file also fits torchvision's and timm's networks of the same name.
What ResNet Lab draws anew in every training step (stochastic depth, a number of trained blocks) is not drawn
here: each branch is multiplied by how often it took part, as in evaluation. Needs torch and safetensors.
"""

import json
import pathlib

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F


class SqueezeExcitation(nn.Module):
    def __init__(self, channels, reduced):
        super().__init__()
        self.fc1 = nn.Conv2d(channels, reduced, 1)
        self.fc2 = nn.Conv2d(reduced, channels, 1)

    def forward(self, x):
        return torch.sigmoid(self.fc2(F.relu(self.fc1(x.mean((2, 3), keepdim=True)))))


def module_of(layer):
    """The parameters of a layer, or None if it has none."""
    inputs, outputs = layer["input"]["channels"], layer["output"]["channels"]
    op = layer["op"]
    if op == "conv":
        window = [layer[key] for key in ("kernel", "stride", "padding", "dilation", "groups")]
        return nn.Conv2d(inputs, outputs, *window, bias="bias" in layer)
    if op == "norm":
        return nn.BatchNorm2d(outputs)
    if op == "group-norm":
        return nn.GroupNorm(layer["groups"], outputs)
    if op == "squeeze-excitation":
        return SqueezeExcitation(inputs, layer["reduced"])
    if op == "linear":
        return nn.Linear(inputs, outputs)
    return None


class Network(nn.Module):
    """`plan` is the field `network` of config.json: stem, blocks and head as lists of layers."""

    def __init__(self, plan, flips):
        super().__init__()
        self.plan, self.flips = plan, flips
        for layer in self.layers():
            module = module_of(layer)
            if module is not None:
                self.place(layer["name"], module)

    def layers(self):
        yield from self.plan["stem"]["layers"]
        for block in self.plan["blocks"]:
            yield from block["before"] + block["branch"]
            yield from block["shortcut"].get("layers", [])
            yield from block["merge"].get("layers", [])
            yield from block["after"]
        yield from self.plan["head"]["layers"]

    def place(self, name, module):
        *path, last = name.split(".")
        owner = self
        for part in path:
            if not hasattr(owner, part):
                owner.add_module(part, nn.Module())
            owner = getattr(owner, part)
        owner.add_module(last, module)

    def forward(self, x):
        """x: [N, C, H, W], normalized -> logits [N, classes]."""
        if self.flips and not self.training:
            return (self.logits(x) + self.logits(x.flip(3))) / 2
        return self.logits(x)

    def logits(self, x):
        x = self.apply_layers(self.plan["stem"]["layers"], x)
        for block in self.plan["blocks"]:
            x = self.apply_block(block, x)
        return self.apply_layers(self.plan["head"]["layers"], x)

    def apply_layers(self, layers, x):
        for layer in layers:
            x = self.apply_layer(layer, x)
        return x

    def apply_layer(self, layer, x):
        op = layer["op"]
        if op == "relu":
            return F.relu(x)
        if op == "sigmoid":
            return torch.sigmoid(x)
        if op == "dropout":
            return F.dropout(x, layer["rate"], self.training)
        if op == "max-pool":
            return F.max_pool2d(x, layer["kernel"], layer["stride"], layer["padding"])
        if op == "average-pool":
            return F.avg_pool2d(x, 2, 2, ceil_mode=True, count_include_pad=False)
        if op == "global-average-pool":
            return x.mean((2, 3))
        module = self.get_submodule(layer["name"])
        return x * module(x) if op == "squeeze-excitation" else module(x)

    def apply_block(self, block, x):
        activated = self.apply_layers(block["before"], x)
        branch = self.apply_layers(block["branch"], activated)
        shortcut, merge, share = block["shortcut"], block["merge"], block["survival"]
        starts = {"input": x, "activated": activated}
        if shortcut["kind"] == "none":
            return self.apply_layers(block["after"], branch)
        if shortcut["kind"] == "pad":
            step = shortcut["stride"]
            kept = F.pad(x[:, :, ::step, ::step], (0, 0, 0, 0, 0, shortcut["extraChannels"]))
        elif shortcut["kind"] == "projection":
            kept = self.apply_layers(shortcut["layers"], starts[shortcut["from"]])
        else:
            kept = x
        kind = merge["kind"]
        if kind == "scaling":
            met = share * merge["branch"] * branch + merge["shortcut"] * kept
        elif kind == "exclusive-gating":
            gate = share * self.apply_layers(merge["layers"], starts[merge["from"]])
            met = kept + gate * (branch - kept)
        elif kind == "shortcut-gating":
            gate = self.apply_layers(merge["layers"], starts[merge["from"]])
            met = share * branch + (1 - gate) * kept
        elif kind == "dropout":
            met = share * branch + self.apply_layer(merge["layer"], kept)
        else:
            met = share * branch + kept
        return self.apply_layers(block["after"], met)


def load(folder=None):
    """(network in evaluation mode, the contents of config.json)"""
    folder = pathlib.Path(folder or pathlib.Path(__file__).parent)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    network = Network(config["network"], config["testTimeFlip"])
    tensors = load_file(folder / "model.safetensors")
    mean_image = tensors.pop("normalization.mean_image", None)
    missing, unexpected = network.load_state_dict(tensors, strict=False)
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]
    if missing or unexpected:
        raise ValueError(f"model.safetensors does not fit: {missing} missing, {unexpected} unknown")
    config["meanImage"] = mean_image
    return network.eval(), config


def normalized(pixels, config):
    """uint8 [N, H, W, C] of the network's input size -> the network's input [N, C, H, W]."""
    x = torch.as_tensor(pixels).permute(0, 3, 1, 2).float() / 255
    column = lambda values: torch.tensor(values).view(1, -1, 1, 1)
    mean = config["meanImage"]
    mean = column(config["normalization"]["mean"]) if mean is None else mean
    return (x - mean) / column(config["normalization"]["deviation"])
