#!/bin/bash
# Builds PJSIP with its Python bindings against Debian's OpenSSL and installs pjsua2 into an
# environment: build-pjsua2.sh [ENVIRONMENT] (default .venv). Needed on Arm, where PyPI has no wheel,
# and wherever the line is to speak TLS. For the Python that the environment has (3.11 to 3.13).
#
# The source is a release tarball whose SHA-256 stands in provisioning/pjproject.sha256 ("HASH  FILE").
# PJPROJECT_TARBALL=FILE takes it from a disk instead of the network; the hash counts all the same.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
environment=${1:-.venv}
python=$(cd "$environment/bin" && pwd)/python
version=2.15.1
name=pjproject-$version.tar.gz
pins=$here/pjproject.sha256
die() { echo "build-pjsua2: $*" >&2; exit 1; }

[ -x "$python" ] || die "$environment: is no Python environment; run make setup first"
grep -Eq "^[0-9a-f]{64}  $name\$" "$pins" 2>/dev/null ||
    die "$pins: holds no line for $name; check the release's hash and write it there"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ -n "${PJPROJECT_TARBALL:-}" ]; then
    cp "$PJPROJECT_TARBALL" "$work/$name"
else
    curl --fail --location --silent --show-error --output "$work/$name" \
        "https://github.com/pjsip/pjproject/archive/refs/tags/$version.tar.gz"
fi
(cd "$work" && sha256sum --check --strict <(grep -E "  $name\$" "$pins")) ||
    die "$name: its hash is not the pinned one; nothing was built"
for tool in gcc g++ make swig pkg-config; do
    command -v "$tool" >/dev/null || die "$tool is missing: apt install build-essential swig pkg-config"
done
pkg-config --exists openssl || die "OpenSSL's headers are missing: apt install libssl-dev"
"$python" -c 'import setuptools' 2>/dev/null || die "setuptools is missing in $environment"
headers=$("$python" -c 'import sysconfig; print(sysconfig.get_paths()["include"])')
[ -e "$headers/Python.h" ] || die "Python's headers are missing: apt install python3-dev"

tar -xzf "$work/$name" -C "$work" --no-same-owner
cd "$work/pjproject-$version"
# No sound card, no video: the line moves samples itself. Position-independent for the module.
cat >pjlib/include/pj/config_site.h <<'CONFIG'
#define PJMEDIA_HAS_VIDEO 0
#define PJSUA_MAX_CALLS 64
CONFIG
./configure --disable-sound --disable-video --disable-opencore-amr --disable-libwebrtc \
    --with-ssl=/usr CFLAGS="-O2 -fPIC" CXXFLAGS="-O2 -fPIC" >configure.log || die "configure failed"
make dep >make.log 2>&1 && make -j"$(nproc)" >>make.log 2>&1 || { tail -20 make.log >&2; die "make failed"; }
cd pjsip-apps/src/swig/python
make PYTHON_EXE="$python" >>"$work/make.log" 2>&1 || { tail -20 "$work/make.log" >&2; die "bindings failed"; }
"$python" -m pip install --no-deps --no-build-isolation --force-reinstall . >/dev/null
cd /
"$python" - <<'CHECK'
import pjsua2

endpoint = pjsua2.Endpoint()
endpoint.libCreate()
print("pjsua2 is installed: PJSIP", endpoint.libVersion().full)
endpoint.libDestroy()
CHECK
