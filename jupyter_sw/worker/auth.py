"""Who may speak to the worker: whoever has its token."""

from __future__ import annotations

import hmac


class Guard:
    """Compares tokens in constant time."""

    def __init__(self, token: str) -> None:
        self._expected = f"Bearer {token}".encode()

    def allows(self, authorization: str) -> bool:
        """Tell whether the value of an ``Authorization`` header holds the token."""
        return hmac.compare_digest(authorization.encode("utf-8", "replace"), self._expected)
