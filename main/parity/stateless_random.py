"""TensorFlow's stateless random numbers a second time, from its published algorithm (Philox 4×32-10,
Salmon et al. 2011), and the app's way of giving every use a seed of its own: so that the oracle drops
the same values and the same blocks as the app, without asking it."""

import numpy as np

MASK = 0xFFFFFFFF


def hash_text(text):
    """FNV-1a with a final avalanche, 32 bits: the app's `hashText` (ASCII names only)."""
    value = 0x811C9DC5
    for character in text:
        value = ((value ^ ord(character)) * 0x01000193) & MASK
    value = ((value ^ (value >> 16)) * 0x85EBCA6B) & MASK
    value = ((value ^ (value >> 13)) * 0xC2B2AE35) & MASK
    return value ^ (value >> 16)


def salted(seed, use):
    """The seed of one use: two int32, the first wrapping."""
    first, second = seed
    return ((first + hash_text(use)) & MASK, second & MASK)


def philox(counters, key):
    """counters: uint64 [n, 4] holding 32-bit words → [n, 4] random words; key: two words."""
    c = [counters[:, i].copy() for i in range(4)]
    k0, k1 = key
    for _ in range(10):
        p0, p1 = c[0] * np.uint64(0xD2511F53), c[2] * np.uint64(0xCD9E8D57)
        low, high = np.uint64(MASK), np.uint64(32)
        c = [
            (p1 >> high) ^ c[1] ^ np.uint64(k0),
            p1 & low,
            (p0 >> high) ^ c[3] ^ np.uint64(k1),
            p0 & low,
        ]
        k0, k1 = (k0 + 0x9E3779B9) & MASK, (k1 + 0xBB67AE85) & MASK
    return np.stack(c, axis=1)


def sign_extended(word):
    """An int32 as the two words of an int64."""
    return word, MASK if word & 0x80000000 else 0


def uniform(shape, seed):
    """StatelessRandomUniform: float32 in [0, 1), row-major."""
    # Key and counter are scrambled from the seed, so that similar seeds are far apart.
    words = [*sign_extended(seed[0]), *sign_extended(seed[1])]
    mixed = philox(np.array([words], np.uint64), (0x3EC8F720, 0x02461E29))[0]
    key = (int(mixed[0]), int(mixed[1]))
    count = int(np.prod(shape))
    places = np.arange((count + 3) // 4, dtype=np.uint64)
    counters = np.zeros((len(places), 4), np.uint64)
    counters[:, 0] = places
    counters[:, 2], counters[:, 3] = mixed[2], mixed[3]
    bits = philox(counters, key).reshape(-1)[:count].astype(np.uint32)
    # 23 random bits as the fraction of a number in [1, 2).
    ones = (bits & np.uint32(0x7FFFFF)) | np.uint32(0x3F800000)
    return (ones.view(np.float32) - np.float32(1)).reshape(shape)
