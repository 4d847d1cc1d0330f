#!/bin/sh
# Finds a Chromium for the browser tests, or installs one with the system's package manager or Playwright.
# Where neither works the browser tests skip themselves and say so.
for name in chromium chromium-browser google-chrome; do
  command -v "$name" >/dev/null 2>&1 && exit 0
done
[ -d "/Applications/Google Chrome.app" ] && exit 0
ls "${PLAYWRIGHT_BROWSERS_PATH:-$HOME/.cache/ms-playwright}"/chromium* >/dev/null 2>&1 && exit 0
ls "$HOME/Library/Caches/ms-playwright"/chromium* >/dev/null 2>&1 && exit 0
if command -v apt-get >/dev/null 2>&1; then
  as_root=""
  [ "$(id -u)" = 0 ] || as_root="sudo -n"
  if $as_root apt-get update -qq >/dev/null 2>&1 &&
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq chromium >/dev/null 2>&1; then
    exit 0
  fi
fi
"$1" -c '
import subprocess, sys
subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True, timeout=300)
' >/dev/null 2>&1 ||
  echo "No Chromium here and none could be installed: the browser tests will be skipped."
exit 0
