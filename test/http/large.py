"""The large body of the experiment, made once per test process."""

import functools
import random
import string

LARGE_MEMBERS = 1_250_000  # "25 MB" in the original's counting, 27.4 MB on the wire
KEY_LENGTH = 10


@functools.cache
def large_body(members=LARGE_MEMBERS):
    """The original client's body: keys of 10 random letters, values 1..1000000, ", " and ": "."""
    generator = random.Random(1)
    letters = (string.ascii_letters * 5).encode()[:256]
    keys = generator.randbytes(members * KEY_LENGTH).translate(letters).decode()
    values = memoryview(generator.randbytes(members * 4)).cast("I")
    pairs = [
        f'"{keys[i * KEY_LENGTH : (i + 1) * KEY_LENGTH]}": {value % 1_000_000 + 1}'
        for i, value in enumerate(values)
    ]
    return ('{"name": "large", "data": {' + ", ".join(pairs) + "}}").encode()
