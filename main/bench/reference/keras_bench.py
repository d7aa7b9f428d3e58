"""Times a full SGD training step in Keras, for `npm run bench` to stand beside its own.

    python keras_bench.py --arch-json SPEC.json --input 32x32x3 --classes 10 --batch 128

`bf16-fit`: `fit` under the policy mixed_bfloat16, only when asked for. `fit`: model.fit over an array in memory, without XLA. `tf.function`: a training step of one's own,
compiled to a graph, with the batch already a tensor. Default threads. Weight decay is the
optimizer's, the cheapest that Keras offers. Images are given as normalized floats.
"""

import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = "tensorflow"

import measure  # noqa: E402
import keras  # noqa: E402
import tensorflow as tf  # noqa: E402
from keras_network import build  # noqa: E402

MODES = ["fit", "tf.function", "bf16-fit"]
DEFAULT_MODES = MODES[:2]


def make(options):
    keras.utils.set_random_seed(1)
    network = build(options.arch_json, options.input, options.classes)
    optimizer = keras.optimizers.SGD(
        measure.RATE, momentum=measure.MOMENTUM, weight_decay=measure.WEIGHT_DECAY
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return network, optimizer, loss


def parameters_of(network):
    return int(sum(weight.shape.num_elements() for weight in network.trainable_variables))


class Clock(keras.callbacks.Callback):
    """From the end of one step to the end of the next: feeding the batch is part of a step."""

    def __init__(self):
        super().__init__()
        self.ends = []

    def on_train_batch_end(self, batch, logs=None):
        self.ends.append(time.perf_counter())


def measure_fit(options):
    network, optimizer, loss = make(options)
    network.compile(optimizer, loss, jit_compile=False)
    count = (options.warmup + options.steps) * options.batch
    images, labels = measure.examples(options, count)
    clock = Clock()
    network.fit(images, labels, options.batch, epochs=1, verbose=0, callbacks=[clock])
    ends = clock.ends[max(options.warmup, 1) - 1 :]
    times = [(after - before) * 1000 for before, after in zip(ends, ends[1:])]
    return times, {"parameters": parameters_of(network)}


def measure_bf16_fit(options):
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    return measure_fit(options)


def measure_function(options):
    network, optimizer, loss = make(options)
    optimizer.build(network.trainable_variables)

    @tf.function(jit_compile=False)
    def train(x, y):
        with tf.GradientTape() as tape:
            value = loss(y, network(x, training=True))
        gradients = tape.gradient(value, network.trainable_variables)
        optimizer.apply_gradients(zip(gradients, network.trainable_variables))
        return value

    images, labels = measure.examples(options, 4 * options.batch)
    x, y = tf.constant(images), tf.constant(labels)
    batches = list(zip(tf.split(x, 4), tf.split(y, 4)))
    times = measure.time_steps(options, lambda i: float(train(*batches[i % len(batches)])))
    return times, {"parameters": parameters_of(network)}


def main():
    options = measure.arguments(__doc__.splitlines()[0], MODES, DEFAULT_MODES)
    facts = measure.facts(
        {"keras": keras.__version__, "tensorflow": tf.__version__},
        tf.config.threading.get_intra_op_parallelism_threads() or measure.usable_cores(),
    )
    ways = {"fit": measure_fit, "tf.function": measure_function, "bf16-fit": measure_bf16_fit}
    for mode in options.modes:
        measure.report(mode, lambda: ways[mode](options), facts)


if __name__ == "__main__":
    main()
