#!/bin/sh
# Makes the virtual environment $1 with a Python that is new enough, or says what is missing.
set -eu

new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

for candidate in "${PYTHON:-python3.11}" python3 python3.13 python3.12; do
    if new_enough "$candidate"; then
        python=$candidate
        break
    fi
done
if [ -z "${python:-}" ]; then
    echo "Python 3.11 or newer is needed, and none was found (PYTHON=/path/to/python names one)." >&2
    exit 1
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    echo "$python cannot make a virtual environment: install Debian's package python3-venv." >&2
    exit 1
fi
echo "Making the environment $1 with $("$python" --version)."
exec "$python" -m venv --clear "$1"
