"""``python -m jupyter_sw.server``: a private server."""

import sys

# The grammar of internationalised references, built at import by a format check that is not used
# here, takes two thirds of a bare server's start. In this process of our own it is left out.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

from jupyter_sw.server.private import main  # noqa: E402 - after the line above, on purpose

main()
