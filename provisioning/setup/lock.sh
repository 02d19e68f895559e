#!/bin/sh
# Chooses versions anew and writes them, with their hashes and no address, to the three lock files.
# Run it after a change of the dependencies in pyproject.toml; it takes minutes.
set -eu
cd "$(dirname "$0")/../.."

lock() {
    .venv/bin/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-header \
        --no-emit-index-url --no-emit-find-links --no-emit-trusted-host "$@"
}

make --no-print-directory setup
lock --all-extras --output-file requirements.lock pyproject.toml
# pip-compile leaves out the marker that keeps it off other machines, where it has no wheel.
sed -i 's/^\(pjsua2-python==[^ ]*\) \\$/\1 ; platform_machine == "x86_64" and python_version < "3.13" \\/' \
    requirements.lock
lock --no-annotate --output-file provisioning/setup/build.lock provisioning/setup/build.in
lock --no-annotate --output-file provisioning/setup/caldav.lock provisioning/setup/caldav.in
# Which of them a 64-bit Arm board gets as wheels.
.venv/bin/python -m provisioning.setup.arm_wheels
