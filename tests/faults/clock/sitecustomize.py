"""Makes the wall clock of a process jump: on the path of server and workers in a test only.

``SW_TEST_CLOCK`` names a file with the seconds by which the clock was set.
"""

import os
import time

_real = time.time
_file = os.environ["SW_TEST_CLOCK"]


def _shifted() -> float:
    with open(_file, encoding="ascii") as file:  # noqa: PTH123 - nothing more may be imported here
        return _real() + float(file.read() or 0)


time.time = _shifted
