#!/bin/sh
# Chromium and a Chinese font for the page tests: installed by apt where that is allowed, else named.
set -eu
browser() { [ -n "${CHROMIUM:-}" ] || command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1; }
font() { ! command -v fc-list >/dev/null 2>&1 || fc-list :lang=zh 2>/dev/null | grep -q .; }
browser && font && command -v fc-list >/dev/null 2>&1 && exit 0
sudo=""
[ "$(id -u)" = 0 ] || { sudo -n true 2>/dev/null && sudo=sudo; } || { echo "tests need the packages chromium and fonts-wqy-microhei: sudo apt install chromium fonts-wqy-microhei" >&2; exit 2; }
echo "  installing chromium and a Chinese font (apt)"
$sudo apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends chromium fonts-wqy-microhei fontconfig >/dev/null 2>&1 || { echo "apt could not install chromium and fonts-wqy-microhei" >&2; exit 2; }
