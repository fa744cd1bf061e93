#!/usr/bin/env bash
# Builds the JupyterLab extension and its translations if a source is newer than the last build.
set -euo pipefail
cd "$(dirname "$0")/.."

for catalog in jupyter_sw/locale/*/LC_MESSAGES/jupyter_sw.po; do
  if [ "$catalog" -nt "${catalog%.po}.json" ]; then
    python scripts/catalogs.py compile
    break
  fi
done

built=jupyter_sw/labextension/package.json
sources=(labextension/src labextension/style labextension/schema labextension/tsconfig.json package.json package-lock.json)
if [ -e "$built" ] && [ -z "$(find "${sources[@]}" -newer "$built" -print -quit)" ]; then
  exit 0
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! npm run --silent build >"$log" 2>&1; then
  cat "$log" >&2
  exit 1
fi
