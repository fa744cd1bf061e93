"""Models in this very process: the objects themselves, under a job's grant and clocks."""

from jupyter_sw.kernel.loading import Loaded, load

__all__ = ["Loaded", "load"]
