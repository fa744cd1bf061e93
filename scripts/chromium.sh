#!/usr/bin/env bash
# Sees to it that there is a Chromium for the browser tests: the machine's own, or the
# distribution's (as root on Debian and its kin), or the one that Playwright brings.
set -euo pipefail
cd "$(dirname "$0")/.."

have_browser() {
  if [ -n "${CHROMIUM:-}" ]; then
    [ -x "$CHROMIUM" ]
    return
  fi
  for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v "$name" >/dev/null; then return 0; fi
  done
  .venv/bin/python - <<'PYTHON'
import os, sys
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    sys.exit(not os.path.exists(playwright.chromium.executable_path))
PYTHON
}

if have_browser; then exit 0; fi
echo '==> No Chromium here: installing one for the browser tests'
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  # Debian names it chromium. Ubuntu's package of that name only calls snap, and may leave nothing.
  export DEBIAN_FRONTEND=noninteractive
  (apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium) >/dev/null 2>&1 || true
fi
if have_browser; then exit 0; fi
.venv/bin/python -m playwright install chromium || true
if have_browser; then exit 0; fi
echo 'No Chromium could be installed: the browser tests cannot run. Install chromium or google-chrome,' >&2
echo 'or say where one is: CHROMIUM=/path/to/chromium make test' >&2
# On a person's machine the other tests are still worth running.
if [ "${CI:-}" = true ]; then exit 1; fi
