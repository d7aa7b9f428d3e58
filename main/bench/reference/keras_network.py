"""Any architecture spec as a Keras functional model, for timing only: strided windows use Keras's
own `same` padding, which shifts them by a pixel but costs the same and spares it a padding op."""

import keras
from keras import layers
from spec import inner_width, stage_width


def conv(x, channels, kernel, stride=1, groups=1):
    return layers.Conv2D(
        channels,
        kernel,
        strides=stride,
        padding="same",
        groups=groups,
        use_bias=False,
        kernel_initializer="he_normal",
    )(x)


def norm(x):
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(x)


def relu(x):
    return layers.ReLU()(x)


def convolutions(block, width, stride):
    """Channels, kernel, stride and groups of each convolution of a branch."""
    groups = block["groups"]
    if block["kind"] == "basic":
        return [(width, 3, stride, groups), (width, 3, 1, groups)]
    inner = inner_width(block, width)
    return [(inner, 1, 1, 1), (inner, 3, stride, groups), (width * block["expansion"], 1, 1, 1)]


def shortcut(spec, x, activated, outputs, stride):
    kind, inputs = spec["shortcut"], x.shape[-1]
    changes_shape = stride != 1 or inputs != outputs
    if kind == "C" or (kind == "B" and changes_shape):
        if spec["block"]["order"] == "original":
            return norm(conv(x, outputs, 1, stride))
        return conv(activated, outputs, 1, stride)
    if changes_shape:
        x = x[:, ::stride, ::stride, :]
        return keras.ops.pad(x, ((0, 0), (0, 0), (0, 0), (0, outputs - inputs)))
    return x


def residual_block(spec, x, width, stride, first):
    block = spec["block"]
    pre_activated = block["order"] == "full-preactivation"
    activated = relu(norm(x)) if pre_activated and not first else x
    out = activated
    shapes = convolutions(block, width, stride)
    for i, shape in enumerate(shapes):
        last = i == len(shapes) - 1
        if pre_activated and i > 0:
            out = relu(norm(out))
        if last and block["dropout"] > 0:
            out = layers.Dropout(block["dropout"])(out)
        out = conv(out, *shape)
        if not pre_activated:
            out = norm(out) if last else relu(norm(out))
    if spec["shortcut"] != "none":
        out = layers.Add()([out, shortcut(spec, x, activated, shapes[-1][0], stride)])
    return out if pre_activated else relu(out)


def build(spec, input_shape, classes):
    image = keras.Input(input_shape)
    stem = spec["stem"]
    if stem["kind"] == "imagenet":
        x = relu(norm(conv(image, stem["width"], 7, 2)))
        x = layers.MaxPooling2D(3, 2, padding="same")(x)
    else:
        x = relu(norm(conv(image, stem["width"], 3)))
    first = True
    for stage in spec["stages"]:
        width = stage_width(spec, stage)
        for index in range(stage["blocks"]):
            stride = stage["stride"] if index == 0 else 1
            x = residual_block(spec, x, width, stride, first)
            first = False
    if spec["block"]["order"] == "full-preactivation":
        x = relu(norm(x))
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(image, layers.Dense(classes)(x))
