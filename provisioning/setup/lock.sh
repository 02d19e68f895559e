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
lock --no-annotate --output-file provisioning/setup/build.lock provisioning/setup/build.in
lock --no-annotate --output-file provisioning/setup/caldav.lock provisioning/setup/caldav.in
