"""How people name a model.

==============================================  =================================================
``name``                                        the catalog's model, newest version
``name/version``                                one version: full, its first characters, or a tag
``owner/project/name[/version]``                the same, in full
``hf://org/repo[@revision][:file.gguf]``        a repository on the Hugging Face hub
``https://huggingface.co/org/repo[/tree/rev]``  the same, as a browser shows it; also a file's page
``/path``, ``./path``, ``~/path``, ``file:…``   a directory of safetensors, or one GGUF file
==============================================  =================================================

What could be read in two ways is decided like this:

- Two parts are ``name/version``, never ``org/repo``: a hub repository always says ``hf://``.
- Anything that ends in ``.gguf`` is a file, also without ``./``.
- A version may be pasted as it is shown: ``ki72ulaf (latest)`` is ``ki72ulaf``.
- Names and versions of the catalog ignore case; repositories and paths do not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from jupyter_sw.errors import BadRequest

OWNER = "starwhale"
PROJECT = "public"
_NAME = re.compile(r"[A-Za-z0-9][\w.+-]*")
_TAGS = re.compile(r"\s*\([^()/]*\)$")
_PATH = re.compile(r"(?:[/\\~]|\.{1,2}[/\\]|\.{1,2}$|[A-Za-z]:[\\/])")
_HUB = re.compile(
    r"(?P<org>[\w.-]+)/(?P<repo>[\w.-]+)"
    r"(?:@(?P<revision>[\w./-]+))?(?::(?P<file>[^:@]+\.gguf))?"
)
_HUB_PAGE = re.compile(
    r"/(?P<org>[\w.-]+)/(?P<repo>[\w.-]+)"
    r"(?:/tree/(?P<tree>[\w./-]+)|/(?:blob|resolve)/(?P<revision>[\w.-]+)/(?P<file>.+\.gguf))?/?"
)
_EXAMPLES = (
    "Examples: llama2-7b-chat, starwhale/public/llama2-7b-chat/latest, hf://org/repo, ./folder."
)


@dataclass(frozen=True)
class ModelURI:
    """A model's name, taken apart; ``str()`` puts it together again in its canonical form.

    Exactly one of three kinds: of the catalog (`owner` and `project` are set), of the hub (`repo`
    is set) or local (`path` is set).
    """

    name: str
    version: str | None = None
    owner: str = ""
    project: str = ""
    repo: str = ""
    file: str = ""
    path: Path | None = None

    @classmethod
    def parse(cls, text: str) -> ModelURI:
        """Take apart what a person wrote; the module's docstring has the grammar.

        A relative path counts from this process's working directory.

        Raises
        ------
        BadRequest
            When it is none of the forms.
        """
        text = text.strip()
        if text.startswith(("hf:", "https://huggingface.co/")):
            return _parse_hub(text)
        if text.startswith("file:"):
            return _local(unquote(urlsplit(text).path))
        if _PATH.match(text) or text.lower().endswith(".gguf"):
            return _local(text)
        return _parse_catalog(text)

    @property
    def base(self) -> str:
        """Return the canonical URI without a version."""
        if self.path is not None:
            return str(self.path)
        if self.repo:
            return f"hf://{self.repo}" + (f":{self.file}" if self.file else "")
        return f"{self.owner}/{self.project}/{self.name}"

    def at(self, version: str | None) -> str:
        """Return the canonical URI with `version` in place of its own; None leaves it out."""
        if version is None or self.path is not None:
            return self.base
        if self.repo:
            return f"hf://{self.repo}@{version}" + (f":{self.file}" if self.file else "")
        return f"{self.base}/{version}"

    def __str__(self) -> str:
        return self.at(self.version)


def strip_tags(version: str) -> str:
    """Return the version of a text as lists show it: ``ki72ulaf (latest)`` is ``ki72ulaf``."""
    return _TAGS.sub("", version.strip())


def _parse_catalog(text: str) -> ModelURI:
    parts = _TAGS.sub("", text).split("/")
    if len(parts) > 4 or not all(_NAME.fullmatch(part) for part in parts):
        raise BadRequest(f"{text!r} is not a model URI.", hint=_EXAMPLES)
    owner, project = OWNER, PROJECT
    if len(parts) > 2:
        owner, project, *parts = parts
    return ModelURI(
        name=parts[0].lower(),
        version=parts[1] if len(parts) == 2 else None,
        owner=owner.lower(),
        project=project.lower(),
    )


def _parse_hub(text: str) -> ModelURI:
    if text.startswith("hf:"):
        match = _HUB.fullmatch(re.sub(r"^hf:(//)?", "", text))
    else:
        match = _HUB_PAGE.fullmatch(urlsplit(text).path)
    if match is None:
        raise BadRequest(
            f"{text!r} is not a hub repository.",
            hint="Write hf://org/repo, hf://org/repo@revision or hf://org/repo:file.gguf.",
        )
    part = match.groupdict()
    file = part.get("file") or ""
    return ModelURI(
        name=Path(file).stem if file else part["repo"],
        version=part["revision"] or part.get("tree"),
        repo=f"{part['org']}/{part['repo']}",
        file=file,
    )


def _local(text: str) -> ModelURI:
    if not text:
        raise BadRequest("The path of the model is empty.", hint=_EXAMPLES)
    path = Path(text).expanduser().absolute()
    name = path.stem if path.suffix.lower() == ".gguf" else path.name
    return ModelURI(name=name or str(path), path=path)
