"""Turns what huggingface_hub raises into sentences a person can act on."""

from __future__ import annotations

import errno
from collections.abc import Iterator

from huggingface_hub import constants
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from jupyter_sw.errors import FetchError, GatedModel, NotFound, SwError
from jupyter_sw.models.hubcache import cache_root
from jupyter_sw.models.login import token_source
from jupyter_sw.models.plans import FetchPlan

_OFFLINE_HINT = (
    "Without a hub: fetch it once where there is one and copy the folder here, then run the folder "
    "(./folder), or copy huggingface_hub's cache to {cache}."
)
# By name: huggingface_hub 1 raises httpx's errors, 2 raises those of httpx2.
_NETWORK = {"TransportError", "ConnectionError", "TimeoutError"}


def is_unreachable(error: BaseException) -> bool:
    """Tell whether the hub gave no answer, or one that says it is down, or may not be asked."""
    if any(isinstance(e, HfHubHTTPError) and e.response.status_code < 500 for e in _chain(error)):
        return False
    return any(
        isinstance(e, (OfflineModeIsEnabled, HfHubHTTPError))
        or _NETWORK & {kind.__name__ for kind in type(e).__mro__}
        for e in _chain(error)
    )


def explain(error: BaseException, plan: FetchPlan) -> SwError:
    """Return the error of ours that says what went wrong with a plan."""
    chain = list(_chain(error))
    for e in chain:
        if isinstance(e, GatedRepoError):
            return _gated(plan)
        if isinstance(e, RevisionNotFoundError):
            return NotFound(
                f"{plan.repo} has no revision {plan.revision!r}.",
                hint=f"See {_page(plan)}/commits/main for what there is.",
            )
        if isinstance(e, RepositoryNotFoundError):
            return _no_repository(plan)
        if isinstance(e, HfHubHTTPError) and e.response.status_code in (401, 403):
            return _refused(plan, e.response.status_code)
        if isinstance(e, OSError) and e.errno == errno.ENOSPC:
            return FetchError(
                f"The disk of {cache_root()} became full while {plan.name} was fetched.",
                hint="Free some space, or set HF_HOME to a directory on a larger disk.",
            )
    if any(isinstance(e, OfflineModeIsEnabled) for e in chain):
        return FetchError(
            f"{plan.repo} is not on this machine, and HF_HUB_OFFLINE forbids to ask the hub.",
            hint=f"Unset HF_HUB_OFFLINE. {_OFFLINE_HINT.format(cache=cache_root())}",
        )
    if is_unreachable(error):
        return FetchError(
            f"{plan.repo} is not on this machine, and {constants.ENDPOINT} can't be reached "
            f"({_first_line(chain[-1])}).",
            hint=_OFFLINE_HINT.format(cache=cache_root()),
        )
    return FetchError(
        f"{plan.repo} could not be fetched: {_first_line(error)}",
        hint="Run it again: what was fetched whole is kept.",
    )


def _gated(plan: FetchPlan) -> GatedModel:
    source = token_source()
    if source is None:
        return GatedModel(
            f"{plan.repo} is gated, and no token was used.",
            hint=f"Accept its licence at {_page(plan)}, then log in with: %sw login",
        )
    return GatedModel(
        f"{plan.repo} is gated, and the account of the token from {source} has no access to it.",
        hint=f"Accept its licence at {_page(plan)} with that account (some owners take a while to "
        f"approve), or use another one: {_other_token(source)}",
    )


def _refused(plan: FetchPlan, status: int) -> GatedModel:
    source = token_source()
    if source is None:
        return GatedModel(
            f"The hub refused {plan.repo} ({status}), and no token was used.",
            hint=f"See {_page(plan)}, then log in with: %sw login",
        )
    why = "it is not valid, or no more" if status == 401 else "it may not read this repository"
    return GatedModel(
        f"The hub refused {plan.repo} with the token from {source} ({status}): {why}.",
        hint=f"See {_page(plan)}. Use another token: {_other_token(source)}",
    )


def _no_repository(plan: FetchPlan) -> NotFound:
    source = token_source()
    seen = (
        f"the token from {source} may not see it" if source else "it is private (no token was used)"
    )
    return NotFound(
        f"There is no repository {plan.repo} on the hub, or {seen}.",
        hint=f"Check the name at {_page(plan)}. For a private one: "
        f"{_other_token(source) if source else '%sw login'}",
    )


def _other_token(source: str) -> str:
    if source == "the stored login":
        return "%sw login"
    return f"change {source}, or unset it and %sw login ({source} goes before a stored login)"


def _page(plan: FetchPlan) -> str:
    return f"{constants.ENDPOINT}/{plan.repo}"


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__
