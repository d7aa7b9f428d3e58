"""Any architecture spec as a plain PyTorch module, written from the papers and from torchvision's and
timm's published structure without sharing a line with the app: it is what the app is checked against.

Module names are torchvision's and timm's, so `state_dict()` has the names of the app's weight files.
"""

import torch
from torch import nn
from torch.nn import functional as F

from spec import inner_width, scaled_width, stage_width, with_options
from stateless_random import salted, uniform


class PadShortcut(nn.Module):
    """Option A (He et al. 2015, section 3.3): every stride-th pixel, then channels of zeros."""

    def __init__(self, stride, extra_channels):
        super().__init__()
        self.stride, self.extra_channels = stride, extra_channels

    def forward(self, x):
        x = x[:, :, :: self.stride, :: self.stride]
        return F.pad(x, (0, 0, 0, 0, 0, self.extra_channels))


class SqueezeExcitation(nn.Module):
    """timm's `SEModule`: 1×1 convolutions over the mean of the map."""

    def __init__(self, channels, reduction):
        super().__init__()
        reduced = max(8, int(channels / reduction + 4) // 8 * 8)
        self.fc1 = nn.Conv2d(channels, reduced, 1)
        self.fc2 = nn.Conv2d(reduced, channels, 1)

    def forward(self, x):
        s = x.mean((2, 3), keepdim=True)
        return x * torch.sigmoid(self.fc2(F.relu(self.fc1(s))))


class Dropout(nn.Module):
    """Drops what the app drops: by the step's seed and the layer's name, in the order N, H, W, C."""

    def __init__(self, name, rate, randomness):
        super().__init__()
        self.name, self.rate, self.randomness = name, rate, randomness

    def forward(self, x):
        if not self.training or self.rate == 0:
            return x
        n, c, h, w = x.shape
        drawn = torch.from_numpy(uniform((n, h, w, c), salted(self.randomness["seed"], self.name)))
        kept = (drawn >= self.rate).permute(0, 3, 1, 2).to(x.dtype)
        return x * kept / (1 - self.rate)


def conv(inputs, outputs, kernel, stride=1, groups=1, dilation=1, bias=False):
    padding = dilation * (kernel // 2)
    return nn.Conv2d(inputs, outputs, kernel, stride, padding, dilation, groups, bias)


def norm(spec, channels):
    groups = spec["groupNorm"]
    return nn.GroupNorm(groups, channels) if groups else nn.BatchNorm2d(channels)


def branch_convolutions(spec, inputs, place):
    """The convolutions of one residual branch, in order."""
    block, width, widths = spec["block"], place["width"], place["widths"]
    groups = block["groups"]
    strided = {"stride": place["stride"], "groups": groups, "dilation": place["first_dilation"]}
    later = {"groups": groups, "dilation": place["dilation"]}
    if widths is None:
        if block["kind"] == "single":
            return [conv(inputs, width, 3, **strided)]
        if block["kind"] == "basic":
            widths = [width, width]
        else:
            inner = inner_width(block, width)
            widths = [inner, inner, width * block["expansion"]]
    if len(widths) == 2:
        return [conv(inputs, widths[0], 3, **strided), conv(widths[0], widths[1], 3, **later)]
    return [
        conv(inputs, widths[0], 1),
        conv(widths[0], widths[1], 3, **strided),
        conv(widths[1], widths[2], 1),
    ]


class Block(nn.Module):
    """One residual block in any of the five orders of He et al. 2016, figure 4, with any of the
    shortcuts of its table 1. A pre-activated network's first block gets an activated input already."""

    def __init__(self, spec, inputs, place):
        super().__init__()
        self.order = spec["block"]["order"]
        self.merge = spec["merge"]
        self.kind = spec["shortcut"]
        self.first = place["first"]
        self.survival = place["survival"]
        name, stride = place["name"], place["stride"]
        convolutions = branch_convolutions(spec, inputs, place)
        self.count = len(convolutions)
        for i, convolution in enumerate(convolutions, 1):
            setattr(self, f"conv{i}", convolution)
        outputs = self.outputs = convolutions[-1].out_channels
        self.add_norms(spec)
        self.dropout = Dropout(f"{name}.dropout", spec["block"]["dropout"], place["randomness"])
        reduction = spec["block"]["squeezeExcitation"]
        if reduction:
            self.se = SqueezeExcitation(outputs, reduction)
        changes_shape = stride != 1 or inputs != outputs
        if self.kind == "C" or (self.kind == "B" and changes_shape):
            self.downsample = nn.Sequential(conv(inputs, outputs, 1, stride))
        elif self.kind == "D" and changes_shape:
            pool = nn.AvgPool2d(2, stride, ceil_mode=True, count_include_pad=False)
            self.downsample = nn.Sequential(
                pool if stride > 1 else nn.Identity(), conv(inputs, outputs, 1)
            )
        elif self.kind == "A" and changes_shape:
            self.pad = PadShortcut(stride, outputs - inputs)
        ends_in_norm = self.order not in ("bn-after-addition", "full-preactivation")
        if hasattr(self, "downsample") and ends_in_norm:
            self.downsample.append(norm(spec, outputs))
        if self.merge["kind"] in ("exclusive-gating", "shortcut-gating", "highway"):
            kernel = 3 if self.merge["kind"] == "highway" else 1
            dilation = place["first_dilation"] if kernel == 3 else 1
            self.gate = conv(inputs, outputs, kernel, stride, dilation=dilation, bias=True)
        rate = self.merge["rate"] if self.merge["kind"] == "dropout" else 0
        self.shortcut_dropout = Dropout(f"{name}.shortcut-dropout", rate, place["randomness"])

    def add_norms(self, spec):
        for i in range(1, self.count + 1):
            convolution = getattr(self, f"conv{i}")
            if self.order != "full-preactivation":
                setattr(self, f"bn{i}", norm(spec, convolution.out_channels))
            elif i > 1 or not self.first:
                setattr(self, f"bn{i}", norm(spec, convolution.in_channels))

    def forward(self, x, share):
        """`share` multiplies the branch: 0 or 1 in training, how often it took part in evaluation."""
        activated = x
        if not self.first:
            if self.order == "full-preactivation":
                activated = F.relu(self.bn1(x))
            elif self.order == "relu-only-preactivation":
                activated = F.relu(x)
        out = self.branch(activated)
        if self.kind != "none":
            out = self.meet(out, x, activated, share)
        if self.order == "original":
            return F.relu(out)
        if self.order == "bn-after-addition":
            return F.relu(getattr(self, f"bn{self.count}")(out))
        return out

    def branch(self, x):
        for i in range(1, self.count + 1):
            last = i == self.count
            normalize = getattr(self, f"bn{i}", None)
            if i > 1 and self.order == "full-preactivation":
                x = F.relu(normalize(x))
            if i > 1 and self.order == "relu-only-preactivation":
                x = F.relu(x)
            if last:
                x = self.dropout(x)
            x = getattr(self, f"conv{i}")(x)
            if self.order == "original":
                x = normalize(x) if last else F.relu(normalize(x))
            elif self.order == "bn-after-addition":
                x = x if last else F.relu(normalize(x))
            elif self.order == "relu-before-addition":
                x = F.relu(normalize(x))
            elif self.order == "relu-only-preactivation":
                x = normalize(x)
        return self.se(x) if hasattr(self, "se") else x

    def meet(self, branch, x, activated, share):
        pre_activated = self.order in ("full-preactivation", "relu-only-preactivation")
        seen = activated if pre_activated else x
        if hasattr(self, "downsample"):
            shortcut = self.downsample(seen)
        else:
            shortcut = self.pad(x) if hasattr(self, "pad") else x
        kind = self.merge["kind"]
        if kind == "scaling":
            return share * self.merge["branch"] * branch + self.merge["shortcut"] * shortcut
        if kind == "dropout":
            return share * branch + self.shortcut_dropout(shortcut)
        if kind == "add":
            return share * branch + shortcut
        g = torch.sigmoid(self.gate(seen))
        if kind == "shortcut-gating":
            return share * branch + (1 - g) * shortcut
        g = share * g
        return g * branch + (1 - g) * shortcut


class Network(nn.Module):
    def __init__(self, spec, channels, classes):
        super().__init__()
        # Set before each training step; evaluation needs none.
        self.randomness = {"seed": (0, 0)}
        self.sampling = spec["sampling"]
        self.order = spec["block"]["order"]
        width = self.add_stem(spec, channels)
        total = sum(stage["blocks"] for stage in spec["stages"])
        self.stages = []
        number, dilation = 0, 1
        for position, stage in enumerate(spec["stages"], 1):
            blocks = []
            for index in range(stage["blocks"]):
                number += 1
                place = {
                    "name": f"layer{position}.{index}",
                    "width": stage_width(spec, stage),
                    "widths": stage["widths"] and [scaled_width(spec, w) for w in stage["widths"]],
                    "stride": stage["stride"] if index == 0 else 1,
                    "first_dilation": dilation if index == 0 else stage["dilation"],
                    "dilation": stage["dilation"],
                    "first": number == 1,
                    "survival": survival(spec["sampling"], number, total),
                    "randomness": self.randomness,
                }
                blocks.append(Block(spec, width, place))
                width = blocks[-1].outputs
            dilation = stage["dilation"]
            self.stages.append(f"layer{position}")
            setattr(self, f"layer{position}", nn.Sequential(*blocks))
        if self.order == "full-preactivation":
            self.norm = norm(spec, width)
        self.fc = nn.Linear(width, classes)

    def add_stem(self, spec, channels):
        kind, width = spec["stem"]["kind"], spec["stem"]["width"]
        self.pools = kind != "cifar"
        if kind == "imagenet-d":
            half = max(1, width // 2)
            self.conv1 = nn.Sequential(
                *(conv(channels, half, 3, 2), norm(spec, half), nn.ReLU()),
                *(conv(half, half, 3), norm(spec, half), nn.ReLU()),
                conv(half, width, 3),
            )
        elif kind == "imagenet":
            self.conv1 = conv(channels, width, 7, 2)
        else:
            self.conv1 = conv(channels, width, 3)
        self.bn1 = norm(spec, width)
        return width

    def blocks(self):
        return [block for stage in self.stages for block in getattr(self, stage)]

    def shares(self):
        survivals = [block.survival for block in self.blocks()]
        if not self.training or self.sampling["kind"] == "all":
            return survivals
        drawn = uniform((len(survivals),), salted(self.randomness["seed"], "block-sampling"))
        if self.sampling["kind"] == "stochastic-depth":
            return [float(draw < s) for draw, s in zip(drawn, survivals)]
        chosen = set((-drawn).argsort(kind="stable")[: self.sampling["blocks"]].tolist())
        return [float(i in chosen) for i in range(len(survivals))]

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        if self.pools:
            x = F.max_pool2d(x, 3, 2, padding=1)
        for block, share in zip(self.blocks(), self.shares()):
            x = block(x, share)
        if self.order == "full-preactivation":
            x = F.relu(self.norm(x))
        elif self.order == "relu-only-preactivation":
            x = F.relu(x)
        return self.fc(x.mean(dim=(2, 3)))


def survival(sampling, number, total):
    """How often block `number` of `total`, from 1, takes part in a step (Huang et al. 2016)."""
    if sampling["kind"] == "all":
        return 1
    if sampling["kind"] == "exactly":
        return sampling["blocks"] / total
    if sampling["rule"] == "uniform":
        return sampling["survival"]
    return 1 - number / total * (1 - sampling["survival"])


def build(spec, channels, classes):
    """A network with PyTorch's default weights; callers set the weights that they compare."""
    return Network(with_options(spec), channels, classes)


def parameter_count(network):
    return sum(parameter.numel() for parameter in network.parameters())


def multiply_adds(network, x):
    """Of convolutions and matrices in one forward pass, counted as they happen."""
    count = 0

    def add(module, inputs, output):
        nonlocal count
        if isinstance(module, nn.Conv2d):
            height, width = module.kernel_size
            count += output.numel() * module.in_channels // module.groups * height * width
        else:
            count += output.numel() * module.in_features

    counted = [m for m in network.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
    hooks = [module.register_forward_hook(add) for module in counted]
    network.eval()
    with torch.no_grad():
        network(x)
    for hook in hooks:
        hook.remove()
    return count // x.shape[0]


def initialize(network, generator):
    """He initialization over the fan-out (the app's and torchvision's). Biases of convolutions are
    drawn, because zeros could hide a mistake."""
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, nn.Conv2d):
                height, width = module.kernel_size
                deviation = (2 / (height * width * module.out_channels)) ** 0.5
                module.weight.normal_(0, deviation, generator=generator)
                if module.bias is not None:
                    module.bias.normal_(-0.5, 0.3, generator=generator)
            elif isinstance(module, nn.Linear):
                bound = module.in_features**-0.5
                module.weight.uniform_(-bound, bound, generator=generator)
                module.bias.zero_()
