#!/bin/sh
# Sets up Nightporter in this checkout: finds a Python, the rest is provisioning/setup/__main__.py.
set -eu
cd "$(dirname "$0")/../.."

enough='import sys; sys.exit(sys.version_info < (3, 11))'
for python in "${PYTHON:-python3}" python3.13 python3.12 python3.11 /usr/bin/python3; do
    if command -v "$python" >/dev/null 2>&1 && "$python" -c "$enough" 2>/dev/null; then
        exec "$python" -m provisioning.setup "$@"
    fi
done
echo "Nightporter needs Python 3.11 or newer. On Debian: apt-get install python3" >&2
exit 1
