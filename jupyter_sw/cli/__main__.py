"""``python -m jupyter_sw.cli``: the same as ``jupyter sw``."""

from jupyter_sw.cli import main

main()
