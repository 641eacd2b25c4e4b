#!/bin/sh
# Set up .venv for the demo and the tests. Called by the Makefile; safe to call again.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*"; }

# --- as root or with passwordless sudo, Debian packages are installed by name; else the line to run is printed
install_debian() {
    purpose=$1; shift
    if ! command -v apt-get >/dev/null 2>&1; then
        say "note: $purpose needs these libraries (Debian names): $*"
        return 1
    fi
    as_root=""
    if [ "$(id -u)" -ne 0 ]; then
        if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then as_root="sudo -n"; else
            say "note: $purpose needs Debian packages; run this once and call make again:"
            say "  sudo apt-get install $*"
            return 1
        fi
    fi
    say "installing Debian packages for $purpose: $*"
    if $as_root apt-get update -qq && DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends "$@" >/dev/null; then
        return 0
    fi
    say "note: apt-get could not install: $*"
    return 1
}

# --- the Python
find_python() {
    for candidate in "${PYTHON:-python3}" python3.12 python3.11 python3.10; do
        if "$candidate" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null; then
            command -v "$candidate"
            return 0
        fi
    done
    say "error: Python 3.10, 3.11 or 3.12 is needed, found $("${PYTHON:-python3}" --version 2>&1); set PYTHON=/path/to/python3.12" >&2
    return 1
}

if [ -x .venv/bin/python ] && ! .venv/bin/python -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null; then
    say "note: .venv belongs to another Python; making it anew"
    rm -rf .venv
fi
if [ -x .venv/bin/python ]; then python=.venv/bin/python; else python=$(find_python); fi
lock="requirements/python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])').txt"

# --- nothing to do when neither the pins nor the project's metadata changed since the last set-up
stamp=".venv/set-up-$(cat "$lock" requirements/pyradiomics.txt requirements/set_up.sh pyproject.toml | cksum | tr ' ' '-')"
[ -e "$stamp" ] && exit 0

if [ ! -x .venv/bin/pip ]; then
    say "making .venv with $("$python" --version)"
    if ! "$python" -m venv .venv 2>/dev/null; then
        rm -rf .venv
        install_debian "virtual environments" python3-venv || true
        "$python" -m venv .venv
    fi
fi
say "installing pinned packages from $lock (a few minutes the first time)"
.venv/bin/python -m pip install --quiet --disable-pip-version-check -r "$lock"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
# as pip does for what it copies: where Python is told to write no bytecode, each start would compile the library anew
.venv/bin/python -m compileall -q OVCFRiskLib

# --- pyradiomics has to be compiled; the eight features of the score do not need it
if ! .venv/bin/python -c 'import radiomics' 2>/dev/null; then
    log=.venv/pyradiomics.log
    if ! .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements/pyradiomics.txt >"$log" 2>&1; then
        say "note: pyradiomics could not be compiled (see $log; it needs a C compiler and the Python headers:"
        say "  apt-get install gcc python3-dev). The demo, the score and its eight features work without it;"
        say "  'ovcfrisk features --set all' and the live comparison with pyradiomics do not."
    fi
fi

# --- the panel's tests need a few libraries of Qt
needed=$(.venv/bin/python - <<'PROBE'
import ctypes

PACKAGES = {
    "libEGL.so.1": "libegl1 libegl-mesa0 libgl1-mesa-dri", "libGL.so.1": "libgl1", "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3", "libfontconfig.so.1": "libfontconfig1", "libglib-2.0.so.0": "libglib2.0-0",
}
missing = []
for library, packages in PACKAGES.items():
    try:
        ctypes.CDLL(library)
    except OSError:
        missing.append(packages)
print(" ".join(missing))
PROBE
)
if [ -n "$needed" ]; then
    # shellcheck disable=SC2086  # a list of packages
    install_debian "the panel's tests and pictures" $needed || say "  The demo, the score and its pictures work without them."
fi

rm -f .venv/set-up-*
: >"$stamp"
say "set up in .venv"
