"""What weights on the hub are: read from their headers by range requests, without a download."""

from __future__ import annotations

import logging
import struct
import threading
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Late  # the builtin one only since Python 3.11
from pathlib import Path

from huggingface_hub import HfApi, constants, get_session, hf_hub_download, hf_hub_url
from huggingface_hub.utils import (  # type: ignore[attr-defined]  # loaded when asked for
    build_hf_headers,
    disable_progress_bars,
    hf_raise_for_status,
)

from jupyter_sw.errors import BadRequest
from jupyter_sw.models.gguf import GGUFHeader, parse_header
from jupyter_sw.models.layout import part_names
from jupyter_sw.models.plans import FetchPlan, SourceKind
from jupyter_sw.models.sources.huberrors import is_unreachable
from jupyter_sw.models.weights import Tensor, Weights, of_gguf, of_safetensors, text_config

log = logging.getLogger(__name__)

PATIENCE = 4.0  # seconds somebody waits for an answer; a later one is kept for the next who asks
_AGAIN_AFTER = 60.0  # seconds until a hub that gave no answer is asked again
_FIRST = 2**20  # bytes of a GGUF that are read at first; long vocabularies need more
_LONGEST = 2**28

_lock = threading.Lock()
_looks: dict[tuple[str, str, str], Future[Weights]] = {}


class _Hub:
    """Until when the hub is not asked, because it gave no answer."""

    silent_until = 0.0


_hub = _Hub()


def remote_weights(plan: FetchPlan) -> Weights | None:
    """Return what is known of weights that would have to be fetched from the hub.

    Blocks for up to `PATIENCE`. None where nothing can be known: no hub model, no answer, no
    access, or no weights of a kind that tells. The fetch says why; here it is no error.

    Raises
    ------
    BadRequest
        When they are of a model that can't be run here.
    """
    if plan.source is not SourceKind.HUB or plan.files is not None or constants.HF_HUB_OFFLINE:
        return None
    key = (plan.repo or "", plan.revision or "main", plan.filename or "")
    with _lock:
        look = _looks.get(key)
        if look is None:
            if time.monotonic() < _hub.silent_until:
                return None
            look = _looks[key] = Future()
            threading.Thread(
                target=_settle, args=(look, *key), name=f"headers of {key[0]}", daemon=True
            ).start()
    try:
        return look.result(PATIENCE)
    except Late:
        _hub.silent_until = time.monotonic() + _AGAIN_AFTER
        return None
    except BadRequest:
        raise
    except Exception as error:  # noqa: BLE001  # whatever it was, the fetch meets and explains it
        log.info("The headers of %s could not be read: %s", key[0], error)
        with _lock:
            _looks.pop(key, None)
        if is_unreachable(error):
            _hub.silent_until = time.monotonic() + _AGAIN_AFTER
        return None


def _settle(look: Future[Weights], repo: str, revision: str, filename: str) -> None:
    try:
        read = _read_gguf if filename else _read_safetensors
        look.set_result(read(repo, revision, filename))
    except Exception as error:  # noqa: BLE001  # raised again for who waits
        look.set_exception(error)


def _read_safetensors(repo: str, revision: str, _: str) -> Weights:
    disable_progress_bars()
    files = HfApi().get_safetensors_metadata(repo, revision=revision).files_metadata
    raw = Path(hf_hub_download(repo, "config.json", revision=revision)).read_bytes()
    tensors = [
        Tensor(name, tensor.dtype, tensor.shape, tensor.data_offsets[1] - tensor.data_offsets[0])
        for file in files.values()
        for name, tensor in file.tensors.items()
    ]
    total = sum(tensor.size for tensor in tensors)
    return of_safetensors(tensors, text_config(raw, Path(repo)), total, "", chat=True)


def _read_gguf(repo: str, revision: str, filename: str) -> Weights:
    found = [_gguf_header(repo, revision, name) for name in part_names(filename)]
    return of_gguf([header for header, _ in found], sum(size for _, size in found), "")


def _gguf_header(repo: str, revision: str, name: str) -> tuple[GGUFHeader, int]:
    """Return the header of a file on the hub, and how many bytes the file has."""
    url = hf_hub_url(repo, name, revision=revision)
    length = _FIRST
    while True:
        wanted = {**build_hf_headers(), "Range": f"bytes=0-{length - 1}"}
        answer = get_session().get(url, headers=wanted, follow_redirects=True)
        hf_raise_for_status(answer)
        size = int(answer.headers["Content-Range"].rpartition("/")[2])
        try:
            return parse_header(answer.content), size
        except (struct.error, ValueError, KeyError, UnicodeDecodeError):
            if length >= min(size, _LONGEST):
                raise
            length *= 4
