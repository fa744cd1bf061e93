"""Where workers' sockets lie: in a directory of this user and nobody else."""

from __future__ import annotations

import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_sw.jobs.sockets import socket_path


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the temporary directory, which is used when the runtime directory's path is long.

    `tmp_path` is asked for so that pytest's own directory is made before the place changes.
    """
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", f"/{'long' * 30}")
    with tempfile.TemporaryDirectory(prefix="sw-") as short:
        monkeypatch.setattr(tempfile, "tempdir", short)
        yield Path(short)


def test_the_directory_is_for_its_owner_only(temporary: Path) -> None:
    first = socket_path("job1")
    assert first.parent.parent == temporary
    first.parent.chmod(0o755)
    assert socket_path("job2").parent == first.parent
    assert stat.S_IMODE(first.parent.stat().st_mode) == 0o700


def test_a_link_that_somebody_left_is_not_followed(temporary: Path, tmp_path: Path) -> None:
    target = tmp_path / "shared"
    target.mkdir(mode=0o755)
    place = socket_path("job1").parent
    place.rmdir()
    place.symlink_to(target)
    with pytest.raises(PermissionError, match="no directory of yours"):
        socket_path("job1")
    assert stat.S_IMODE(target.stat().st_mode) == 0o755
