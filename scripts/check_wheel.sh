#!/usr/bin/env bash
# Builds the wheel as a stranger would, installs it with JupyterLab into a clean environment and
# asks Jupyter whether both halves of the extension are there with no further command.
set -euo pipefail
cd "$(dirname "$0")/.."

PYTHON=$PWD/.venv/bin/python
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_QUIET=1
fail() {
  printf 'wheel: %s\n' "$*" >&2
  exit 1
}

echo '==> Wheel: building from a clean copy'
mkdir "$work/source"
git ls-files -z --cached --others --exclude-standard |
  while IFS= read -r -d '' file; do if [ -e "$file" ]; then printf '%s\0' "$file"; fi; done |
  tar -c --null -T - | tar -x -C "$work/source"
(cd "$work/source" && "$PYTHON" -m pip wheel --no-deps --wheel-dir "$work/dist" .)
wheel=$(echo "$work"/dist/jupyter_sw-*.whl)
listing=$("$PYTHON" -m zipfile -l "$wheel")
for part in models/catalog.yaml locale/zh_CN/LC_MESSAGES/jupyter_sw.json share/jupyter/labextensions/jupyter-sw/package.json \
  share/jupyter/labextensions/jupyter-sw/install.json etc/jupyter/jupyter_server_config.d/jupyter_sw.json; do
  grep -q "$part" <<<"$listing" || fail "$part is missing in $(basename "$wheel")"
done

echo '==> Wheel: installing into a clean environment'
"$PYTHON" -m venv "$work/venv"
PATH=$work/venv/bin:$PATH
index=()
if [ -n "${TORCH_INDEX:-}" ]; then index=(--extra-index-url "$TORCH_INDEX"); fi
pip install ${index[@]+"${index[@]}"} --constraint "$root/constraints.txt" "$wheel" jupyterlab

echo '==> Wheel: asking Jupyter'
export JUPYTER_CONFIG_DIR=$work/config JUPYTER_DATA_DIR=$work/data IPYTHONDIR=$work/ipython
cd "$work" # not the checkout, whose package would be imported instead
server=$(jupyter server extension list 2>&1)
grep -qE 'jupyter_sw .*OK' <<<"$server" || fail "jupyter server extension list says: $server"
lab=$(jupyter labextension list 2>&1)
grep -qE 'jupyter-sw .*enabled.*OK' <<<"$lab" || fail "jupyter labextension list says: $lab"
said=$(ipython --no-banner --colors=nocolor -c '%load_ext jupyter_sw
%sw help' 2>&1) || fail "%load_ext jupyter_sw says: $said"
said=$(jupyter sw --help 2>&1) || fail "jupyter sw --help says: $said"
echo "==> Wheel: $(basename "$wheel"), $(($(wc -c <"$wheel") / 1024)) kB, is complete"
