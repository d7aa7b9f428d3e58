"""Any architecture spec as a plain PyTorch module, written from the papers and from torchvision's
published structure without sharing a line with the app: it is what the app is checked against.

Module names are torchvision's, so `state_dict()` has the names of the app's weight files.
"""

import torch
from torch import nn
from torch.nn import functional as F

from spec import complete, inner_width, stage_width


class PadShortcut(nn.Module):
    """Option A (He et al. 2015, section 3.3): every stride-th pixel, then channels of zeros."""

    def __init__(self, stride, extra_channels):
        super().__init__()
        self.stride, self.extra_channels = stride, extra_channels

    def forward(self, x):
        x = x[:, :, :: self.stride, :: self.stride]
        return F.pad(x, (0, 0, 0, 0, 0, self.extra_channels))


def conv(inputs, outputs, kernel, stride=1, groups=1):
    return nn.Conv2d(
        inputs, outputs, kernel, stride, padding=kernel // 2, groups=groups, bias=False
    )


def branch_convolutions(block, inputs, width, stride):
    """The convolutions of one residual branch, in order."""
    groups = block["groups"]
    if block["kind"] == "basic":
        return [
            conv(inputs, width, 3, stride, groups),
            conv(width, width, 3, 1, groups),
        ]
    inner = inner_width(block, width)
    return [
        conv(inputs, inner, 1),
        conv(inner, inner, 3, stride, groups),
        conv(inner, width * block["expansion"], 1),
    ]


class Block(nn.Module):
    """What both orders share: convolutions, shortcut, dropout. `None` stands for no shortcut."""

    def __init__(self, spec, inputs, width, stride):
        super().__init__()
        convolutions = branch_convolutions(spec["block"], inputs, width, stride)
        self.count = len(convolutions)
        for i, convolution in enumerate(convolutions, 1):
            setattr(self, f"conv{i}", convolution)
        self.outputs = convolutions[-1].out_channels
        self.dropout_rate = spec["block"]["dropout"]
        self.kind = spec["shortcut"]
        changes_shape = stride != 1 or inputs != self.outputs
        self.projects = self.kind == "C" or (self.kind == "B" and changes_shape)
        if self.kind == "A" and changes_shape:
            self.pad = PadShortcut(stride, self.outputs - inputs)

    def convolution(self, i, x):
        if i == self.count and self.dropout_rate > 0:
            x = F.dropout(x, self.dropout_rate, self.training)
        return getattr(self, f"conv{i}")(x)

    def shortcut(self, x, projected_from):
        if self.projects:
            return self.downsample(projected_from)
        return self.pad(x) if hasattr(self, "pad") else x


class OriginalBlock(Block):
    """conv-BN-ReLU … conv-BN, ReLU after the addition (He et al. 2015)."""

    def __init__(self, spec, inputs, width, stride, first):
        super().__init__(spec, inputs, width, stride)
        for i in range(1, self.count + 1):
            setattr(self, f"bn{i}", nn.BatchNorm2d(getattr(self, f"conv{i}").out_channels))
        if self.projects:
            self.downsample = nn.Sequential(
                conv(inputs, self.outputs, 1, stride), nn.BatchNorm2d(self.outputs)
            )

    def forward(self, x):
        out = x
        for i in range(1, self.count + 1):
            out = getattr(self, f"bn{i}")(self.convolution(i, out))
            if i < self.count:
                out = F.relu(out)
        if self.kind != "none":
            out = out + self.shortcut(x, x)
        return F.relu(out)


class PreActivationBlock(Block):
    """BN-ReLU-conv …, nothing after the addition (He et al. 2016). A projection sees the activated
    input; the network's first block gets an activated input already."""

    def __init__(self, spec, inputs, width, stride, first):
        super().__init__(spec, inputs, width, stride)
        self.first = first
        for i in range(2 if first else 1, self.count + 1):
            setattr(self, f"bn{i}", nn.BatchNorm2d(getattr(self, f"conv{i}").in_channels))
        if self.projects:
            self.downsample = nn.Sequential(conv(inputs, self.outputs, 1, stride))

    def forward(self, x):
        activated = x if self.first else F.relu(self.bn1(x))
        out = self.convolution(1, activated)
        for i in range(2, self.count + 1):
            out = self.convolution(i, F.relu(getattr(self, f"bn{i}")(out)))
        if self.kind != "none":
            out = out + self.shortcut(x, activated)
        return out


class Network(nn.Module):
    def __init__(self, spec, channels, classes):
        super().__init__()
        self.pre_activated = spec["block"]["order"] == "full-preactivation"
        self.pools = spec["stem"]["kind"] == "imagenet"
        width = spec["stem"]["width"]
        self.conv1 = conv(channels, width, 7, 2) if self.pools else conv(channels, width, 3)
        self.bn1 = nn.BatchNorm2d(width)
        self.stages = []
        first = True
        for number, stage in enumerate(spec["stages"], 1):
            branch_width = stage_width(spec, stage)
            blocks = []
            for index in range(stage["blocks"]):
                kind = PreActivationBlock if self.pre_activated else OriginalBlock
                stride = stage["stride"] if index == 0 else 1
                blocks.append(kind(spec, width, branch_width, stride, first))
                width, first = blocks[-1].outputs, False
            self.stages.append(f"layer{number}")
            setattr(self, f"layer{number}", nn.Sequential(*blocks))
        if self.pre_activated:
            self.norm = nn.BatchNorm2d(width)
        self.fc = nn.Linear(width, classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        if self.pools:
            x = F.max_pool2d(x, 3, 2, padding=1)
        for stage in self.stages:
            x = getattr(self, stage)(x)
        if self.pre_activated:
            x = F.relu(self.norm(x))
        return self.fc(x.mean(dim=(2, 3)))


def build(spec, channels, classes):
    """A network with PyTorch's default weights; callers set the weights that they compare."""
    return Network(complete(spec), channels, classes)


def parameter_count(network):
    return sum(parameter.numel() for parameter in network.parameters())


def initialize(network, generator):
    """He initialization over the fan-out (the app's and torchvision's)."""
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, nn.Conv2d):
                height, width = module.kernel_size
                deviation = (2 / (height * width * module.out_channels)) ** 0.5
                module.weight.normal_(0, deviation, generator=generator)
            elif isinstance(module, nn.Linear):
                bound = module.in_features**-0.5
                module.weight.uniform_(-bound, bound, generator=generator)
                module.bias.zero_()
