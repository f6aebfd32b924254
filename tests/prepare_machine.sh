#!/bin/sh
# The tests need a browser, a Chinese font, a PostgreSQL server and Java (for Spark). Installs what is missing from
# Debian if it may (root, or sudo without a password); otherwise says what is missing and fails.
set -eu

missing=
want() { missing="$missing $1"; }

[ -x /usr/bin/chromium ] || want chromium
command -v java >/dev/null || want openjdk-17-jre-headless
ls /usr/share/fonts/opentype/noto/NotoSansCJK*.ttc >/dev/null 2>&1 || want fonts-noto-cjk
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || want postgresql
if ! [ -x .venv/bin/python ] && [ "$(command -v python3)" = /usr/bin/python3 ]; then
    python3 -c 'import ensurepip' 2>/dev/null || want python3-venv
fi
[ -n "$missing" ] || exit 0

refuse() {
    echo "The tests need these packages of Debian, and $1:$missing" >&2
    exit 1
}

command -v apt-get >/dev/null || refuse "there is no apt-get here to install them"
if [ "$(id -u)" = 0 ]; then
    as_root=
elif sudo -n true 2>/dev/null; then
    as_root=sudo
else
    refuse "only root may install them"
fi
echo "Installing from Debian:$missing"
$as_root apt-get update --quiet
# shellcheck disable=SC2086 # one word per package
$as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install --quiet --yes --no-install-recommends $missing
