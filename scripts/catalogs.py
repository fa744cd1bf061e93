"""The translations: brings them up to date, checks them, compiles them for JupyterLab.

    python scripts/catalogs.py update    take new strings of the front end into the catalogs
    python scripts/catalogs.py check     fail unless every string is translated
    python scripts/catalogs.py compile   write the .json files that JupyterLab serves

The source strings are the English catalog. `update` and `check` need Node.js. The build of the
package compiles by itself: hatchling finds the hook below.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent.parent
LOCALES = ROOT / "jupyter_sw" / "locale"
DOMAIN = "jupyter_sw"
CONTEXT_END = "\x04"  # stands between a context and its string, in JupyterLab as in gettext

_PLACEHOLDER = re.compile(r"%\d+")
_HEADER = """\
# Translations of jupyter_sw.
# Licensed as jupyter_sw is. Made with `make translations`, which adds new strings at their place.
#"""


def catalog_files() -> list[Path]:
    """Return the catalogs, one for each language."""
    return sorted(LOCALES.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))


def read_catalog(path: Path) -> Catalog:
    """Return a catalog as its file has it."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name, domain=DOMAIN)


def source_strings() -> Catalog:
    """Return what the front end says in English, with the files that say it."""
    output = subprocess.run(
        ["node", "scripts/extract_strings.mjs"], cwd=ROOT, check=True, stdout=subprocess.PIPE
    ).stdout
    catalog = Catalog(domain=DOMAIN)
    for found in json.loads(output):
        text = (found["msgid"], found["plural"]) if "plural" in found else found["msgid"]
        catalog.add(text, locations=[(found["path"], 1)], context=found.get("context"))
    return catalog


def update(path: Path, source: Catalog) -> None:
    """Take in new strings and drop those that are gone; what is translated stays."""
    catalog = read_catalog(path)
    catalog.update(source, no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    catalog.header_comment = _HEADER
    catalog.project, catalog.version = DOMAIN, ""
    catalog.last_translator = catalog.language_team = catalog.msgid_bugs_address = ""
    with path.open("wb") as file:
        write_po(file, catalog, width=100, sort_by_file=True, include_lineno=False)


def problems(catalog: Catalog, source: Catalog) -> Iterator[str]:
    """Yield what keeps a catalog from being a whole and faithful translation."""
    for message in _messages(source):
        translated = catalog.get(message.id, context=message.context)
        if translated is None or not all(_forms(translated.string)):
            yield f"not translated: {_shown(message)}"
        elif translated.fuzzy:
            yield f"marked as fuzzy: {_shown(message)}"
        elif _is_plural(translated) != _is_plural(message):
            yield f"plural on one side only: {_shown(message)}"
        else:
            wanted = _placeholders(_forms(message.id)[-1])
            for form in _forms(translated.string):
                if _placeholders(form) != wanted:
                    yield f"other placeholders: {_shown(message)} -> {form!r}"
    for message in _messages(catalog):
        if source.get(message.id, context=message.context) is None:
            yield f"said nowhere any more: {_shown(message)}"


def source_problems(source: Catalog) -> Iterator[str]:
    """Yield English strings that no translation could get right."""
    for message in _messages(source):
        forms = _forms(message.id)
        if len(forms) > 1 and not _placeholders(forms[0]) <= _placeholders(forms[1]):
            yield f"the singular has more placeholders than the plural: {_shown(message)}"


def compiled(catalog: Catalog) -> dict[str, Any]:
    """Return a catalog in the form that JupyterLab's translation manager reads."""
    header = {
        "domain": DOMAIN,
        "language": str(catalog.locale_identifier).replace("_", "-"),
        "plural_forms": catalog.plural_forms,
        "version": "",
    }
    strings: dict[str, Any] = {"": header}
    for message in _messages(catalog):
        forms = list(_forms(message.string))
        if _is_plural(message) and len(forms) == 1:
            # JupyterLab takes a plural for missing when there is one form only, as in Chinese.
            forms *= 2
        if all(forms):
            strings[_key(message)] = forms
    return strings


def compile_catalogs() -> list[Path]:
    """Write each catalog's .json beside it; return the files."""
    written = []
    for path in catalog_files():
        target = path.with_suffix(".json")
        text = json.dumps(compiled(read_catalog(path)), ensure_ascii=False, indent=1)
        target.write_text(text + "\n", encoding="utf-8")
        written.append(target)
    return written


class CatalogHook(BuildHookInterface[Any]):
    """Compiles the catalogs whenever the package is built or installed for development."""

    PLUGIN_NAME = "catalogs"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and have the wheel hold what git does not."""
        if self.target_name == "wheel":
            files = compile_catalogs()
            build_data["artifacts"] += [file.relative_to(ROOT).as_posix() for file in files]


def _messages(catalog: Catalog) -> Iterable[Message]:
    return [message for message in catalog if message.id]


def _forms(text: Any) -> tuple[str, ...]:
    """Return a text in all its numbers; Babel has one as `str`, several as a sequence."""
    return (text,) if isinstance(text, str) else tuple(text or ("",))


def _is_plural(message: Message) -> bool:
    return not isinstance(message.id, str)


def _key(message: Message) -> str:
    text = _forms(message.id)[0]
    return f"{message.context}{CONTEXT_END}{text}" if message.context else text


def _placeholders(text: str) -> set[str]:
    return set(_PLACEHOLDER.findall(text))


def _shown(message: Message) -> str:
    where = message.locations[0][0] if message.locations else "the catalog"
    return f"{_forms(message.id)[0]!r} ({where})"


def main(command: str) -> int:
    """Do what the command line asks for; return the exit status."""
    if command == "compile":
        compile_catalogs()
        return 0
    source = source_strings()
    if command == "update":
        for path in catalog_files():
            update(path, source)
    found = [f"English: {problem}" for problem in source_problems(source)]
    for path in catalog_files():
        language = path.parent.parent.name
        found += [f"{language}: {problem}" for problem in problems(read_catalog(path), source)]
    for problem in found:
        print(problem, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    if sys.argv[1:] not in (["update"], ["check"], ["compile"]):
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
