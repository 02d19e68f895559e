#!/bin/bash
# Builds current PJSIP with its Python bindings against Debian's OpenSSL and installs pjsua2 into an
# environment: build-pjsua2.sh [ENVIRONMENT] (default .venv). Needed on Arm, where PyPI has no wheel,
# and wherever the line is to speak TLS. For the Python that the environment has (3.11 to 3.13).
#
# The source is the release tarball that Debian ships with Asterisk, whose SHA-256 stands in
# provisioning/pjproject.sha256 ("HASH  FILE"; it is the one in Debian's signed list of sources). It is
# fetched by apt from the mirrors that this machine uses anyway.
# PJPROJECT_TARBALL=FILE takes it from a disk instead; the hash counts all the same.
# PJPROJECT_UNPACK_ONLY=1 ends after fetching, checking and unpacking.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
environment=${1:-.venv}
python=$(cd "$environment/bin" && pwd)/python
pins=$here/pjproject.sha256
pool=pool/main/a/asterisk
die() { echo "build-pjsua2: $*" >&2; exit 1; }

[ -x "$python" ] || die "$environment: is no Python environment; run make setup first"
pin=$(grep -E '^[0-9a-f]{64}  [A-Za-z0-9+~._-]+$' "$pins" 2>/dev/null | head -n 1) ||
    die "$pins: holds no line \"HASH  FILE\"; write the hash of the tarball there"
hash=${pin%% *}
name=${pin##* }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fetch() { # from the first of this machine's mirrors that has it
    local mirror
    for mirror in $(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | sort -u); do
        /usr/lib/apt/apt-helper download-file "$mirror$pool/$name" "$work/$name" "SHA256:$hash" \
            >/dev/null 2>&1 && return 0
    done
    return 1
}
if [ -n "${PJPROJECT_TARBALL:-}" ]; then
    cp "$PJPROJECT_TARBALL" "$work/$name"
else
    fetch || die "$name: no mirror of this machine has it (any more) with the pinned hash; get it" \
        "elsewhere (Debian's snapshots keep it) and name it with PJPROJECT_TARBALL=FILE"
fi
(cd "$work" && echo "$hash  $name" | sha256sum --check --strict --quiet) ||
    die "$name: its hash is not the pinned one; nothing was built"
mkdir "$work/source"
tar -xf "$work/$name" -C "$work/source" --strip-components=1 --no-same-owner
version=$(sed -nE 's/^export PJ_VERSION_(MAJOR|MINOR) +:= *([0-9]+).*/\2/p' "$work/source/version.mak" |
    paste -sd.)
echo "build-pjsua2: PJSIP $version, $name, hash as pinned"
[ -z "${PJPROJECT_UNPACK_ONLY:-}" ] || exit 0
for tool in gcc g++ make swig pkg-config; do
    command -v "$tool" >/dev/null || die "$tool is missing: apt install build-essential swig pkg-config"
done
pkg-config --exists openssl || die "OpenSSL's headers are missing: apt install libssl-dev"
pkg-config --exists samplerate || die "libsamplerate is missing: apt install libsamplerate0-dev"
"$python" -c 'import setuptools' 2>/dev/null || die "setuptools is missing in $environment"
headers=$("$python" -c 'import sysconfig; print(sysconfig.get_paths()["include"])')
[ -e "$headers/Python.h" ] || die "Python's headers are missing: apt install python3-dev"

cd "$work/source"
# No sound card, no video: the line moves samples itself. Position-independent for the module.
cat >pjlib/include/pj/config_site.h <<'CONFIG'
#define PJMEDIA_HAS_VIDEO 0
#define PJSUA_MAX_CALLS 64
CONFIG
# Left out by Debian, named in the makefile all the same, and never called.
: >>pjmedia/src/pjmedia-audiodev/bdimad_dev.c
# Debian's tarball is without other people's libraries: G.711 and G.722 are PJSIP's own, rates are
# converted by Debian's libsamplerate, SRTP is not used by the line.
./configure --disable-sound --disable-video --disable-opencore-amr --disable-libwebrtc \
    --disable-gsm-codec --disable-speex-codec --disable-speex-aec --disable-ilbc-codec \
    --disable-g7221-codec --disable-silk --disable-bcg729 --disable-opus --disable-libyuv \
    --disable-libsrtp --disable-upnp --enable-libsamplerate \
    --with-ssl=/usr CFLAGS="-O2 -fPIC" CXXFLAGS="-O2 -fPIC" >configure.log || die "configure failed"
# Only the libraries: the sample programs are not needed.
sed -i 's/^DIRS = .*/DIRS = $(LIB_DIRS)/' Makefile
faults() { grep -E 'error:|\*\*\*' "$1" | cut -c 1-300 >&2; }
{ make dep && make -j"$(nproc)"; } >make.log 2>&1 || { faults make.log; die "make failed"; }
cd pjsip-apps/src/swig/python
make PYTHON_EXE="$python" >"$work/make.log" 2>&1 || { faults "$work/make.log"; die "bindings failed"; }
"$python" -m pip install --no-deps --no-build-isolation --force-reinstall . >/dev/null
cd /
"$python" - <<'CHECK'
import pjsua2

endpoint = pjsua2.Endpoint()
endpoint.libCreate()
print("pjsua2 is installed: PJSIP", endpoint.libVersion().full)
endpoint.libDestroy()
CHECK
