"""The two magics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from IPython.core.magic import (
    Magics,
    line_cell_magic,
    magics_class,
    needs_local_scope,
    no_var_expand,
)

from jupyter_sw.cli.options import JobKey, sampling_options
from jupyter_sw.cli.surface import Interrupted, Surface
from jupyter_sw.cli.terminal import Terminal, as_data
from jupyter_sw.cli.tree import invoke
from jupyter_sw.errors import BadRequest, SwError
from jupyter_sw.magics.interpolation import interpolate, split
from jupyter_sw.magics.rendering import render_in_two_lines

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


@magics_class
class SwMagics(Magics):
    """``%sw COMMAND …`` runs a command; ``%%sw`` asks the cell."""

    @needs_local_scope
    @no_var_expand
    @line_cell_magic
    def sw(self, line: str, cell: str | None = None, local_ns: dict[str, Any] | None = None) -> Any:
        """Run open chat models: ``%sw help`` lists the commands; ``%%sw`` asks the cell.

        ``{expression}`` is replaced by its value; ``{{`` and ``}}`` are plain braces.
        """
        names = {**self._ip.user_ns, **(local_ns or {})}
        try:
            words = split(line, names)
            if cell is None:
                return self._run(words)
            self._ask(words, interpolate(cell, names))
        except (SwError, Interrupted) as error:
            render_in_two_lines(error)
            raise
        return None

    def _run(self, words: list[str]) -> Any:
        outcome = invoke(words, self._surface())
        return as_data(outcome.value) if outcome.json else outcome.value

    def _ask(self, words: list[str], prompt: str) -> None:
        from jupyter_sw.cli.talk import reply_to

        if words[:1] == ["ask"]:
            del words[0]
        surface = self._surface()
        options = invoke(words, surface, command=cell_options, program="%%sw").value
        if options is None:  # --help was asked for
            return
        if not prompt.strip():
            raise BadRequest("The cell holds no prompt.", hint="Write it below the first line.")
        out = options.pop("out")
        if out is not None and not out.isidentifier():
            raise BadRequest(f"--out {out}: that is not a variable's name.")
        system, job = options.pop("system"), options.pop("job")
        reply = reply_to(surface, prompt.strip(), job, system, options)
        if out is not None:
            self._ip.user_ns[out] = str(reply)

    def _surface(self) -> Surface:
        if getattr(self._ip, "kernel", None) is None:
            # Plain IPython, which has no display to update.
            return Terminal("%sw", lasting=True, names=self._ip.user_ns)
        from jupyter_sw.magics.notebook import Notebook

        return Notebook(self._ip)

    @property
    def _ip(self) -> InteractiveShell:
        assert self.shell is not None, "register_magics() gave the shell"
        return self.shell


@click.command()
@click.option("--out", metavar="NAME", help="Variable that gets the reply.")
@click.option("--job", type=JobKey("running"), help="Id or name; not needed while one job runs.")
@sampling_options
def cell_options(**options: Any) -> dict[str, Any]:
    """Ask the cell's text and show the reply below, as it comes."""
    return options
