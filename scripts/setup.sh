#!/bin/sh
# Makes this machine ready: `scripts/setup.sh run|test|bench` (nothing said: all of them).
#
# Says what it fetches and why, and fetches nothing twice. Only compilers, a browser and the two libraries that
# faces are built with are installed into the system; tools of the tests and benches are unpacked below
# target/tools, so that no service of theirs is ever started and no root is needed for them. The models
# that find faces go to target/models, the pictures of the tests to target/pictures.
set -eu
cd "$(dirname "$0")/.."

tools="$PWD/target/tools"
rust_min=1.95

say() { printf 'setup: %s\n' "$*"; }
fail() {
    printf 'setup: %s\n' "$*" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        env DEBIAN_FRONTEND=noninteractive "$@"
    elif ! command -v sudo >/dev/null; then
        fail "not root and no sudo; as root, run: $*"
    elif [ -t 0 ]; then
        sudo env DEBIAN_FRONTEND=noninteractive "$@"
    else
        sudo -n env DEBIAN_FRONTEND=noninteractive "$@" || fail "sudo failed; as root, run: $*"
    fi
}

is_installed() { dpkg -s "$1" 2>/dev/null | grep -q '^Status: install ok installed$'; }

need_apt() {
    command -v apt-get >/dev/null && command -v dpkg >/dev/null ||
        fail "this is no Debian; install $1 by hand and start again"
}

# Package lists are only fetched when a wanted package is unknown, and once.
lists_are_fresh=
know_packages() {
    for package in "$@"; do
        if [ -z "$lists_are_fresh" ] && ! apt-cache show "$package" >/dev/null 2>&1; then
            say "fetching apt's package lists, as $package is not in them"
            as_root apt-get update -q
            lists_are_fresh=yes
        fi
    done
}

install() {
    missing=
    for package in "$@"; do
        is_installed "$package" || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    need_apt "$*"
    know_packages $missing
    say "installing with apt:$missing"
    as_root apt-get install -q -y --no-install-recommends $missing
}

download() {
    apt-get download -q "$@" >apt.log 2>&1
}

# unpack TOOL PACKAGE...: the packages below target/tools/TOOL.
unpack() {
    tool=$1
    shift
    mkdir -p "$tools/$tool.part"
    (
        cd "$tools/$tool.part"
        # A list older than the mirror names files that are gone: fetch it anew, then try once more.
        if ! download "$@"; then
            [ -z "$lists_are_fresh" ] || fail "apt-get download failed: $(tail -n 1 apt.log)"
            say "fetching apt's package lists, as the ones here are old"
            as_root apt-get update -q
            download "$@" || fail "apt-get download failed: $(tail -n 1 apt.log)"
        fi
        for package in ./*.deb; do
            dpkg -x "$package" root
        done
        rm -f ./*.deb apt.log
    )
    rm -rf "${tools:?}/$tool"
    mv "$tools/$tool.part" "$tools/$tool"
}

# Each tool is found at target/tools/bin, whether the system has it or it was unpacked.
link_from_path() {
    found=$(command -v "$1" || true)
    [ -n "$found" ] || return 1
    mkdir -p "$tools/bin"
    ln -sf "$found" "$tools/bin/$1"
}

works() { "$tools/bin/$1" --version >/dev/null 2>&1; }

promtool() {
    if works promtool || { link_from_path promtool && works promtool; }; then return 0; fi
    need_apt promtool
    know_packages prometheus
    say "unpacking promtool into target/tools from: prometheus (not installed, no service)"
    rm -rf "$tools/prometheus.part"
    unpack prometheus prometheus
    mkdir -p "$tools/bin"
    ln -sf ../prometheus/root/usr/bin/promtool "$tools/bin/promtool"
    works promtool || fail "promtool does not start; install the package prometheus and start again"
}

redis() {
    if works redis-server || { link_from_path redis-server && works redis-server; }; then return 0; fi
    need_apt redis-server
    know_packages redis-server
    # What apt would install is exactly what this machine lacks, libraries included.
    packages=$(apt-get -s install --no-install-recommends redis-server | sed -n 's/^Inst \([^ ]*\).*/\1/p')
    # Packages here whose files were taken away still count as installed; the program itself is needed.
    case " $(echo $packages) " in *" redis-server "*) ;; *) packages="redis-server redis-tools $packages" ;; esac
    say "unpacking redis-server into target/tools from:" $packages "(not installed, no service)"
    rm -rf "$tools/redis.part"
    unpack redis $packages
    mkdir -p "$tools/bin"
    rm -f "$tools/bin/redis-server"
    cat >"$tools/bin/redis-server" <<'WRAPPER'
#!/bin/sh
root=$(dirname "$(readlink -f "$0")")/../redis/root
LD_LIBRARY_PATH=$(echo "$root"/usr/lib/*-linux-gnu*):$(echo "$root"/lib/*-linux-gnu*) exec "$root/usr/bin/redis-server" "$@"
WRAPPER
    chmod +x "$tools/bin/redis-server"
    works redis-server || fail "redis-server does not start; install the package redis-server and start again"
}

nats() {
    if works nats-server || { link_from_path nats-server && works nats-server; }; then return 0; fi
    need_apt nats-server
    know_packages nats-server
    say "unpacking nats-server into target/tools from: nats-server (not installed, no service)"
    rm -rf "$tools/nats.part"
    unpack nats nats-server
    mkdir -p "$tools/bin"
    ln -sf ../nats/root/usr/sbin/nats-server "$tools/bin/nats-server"
    works nats-server || fail "nats-server does not start; install the package nats-server and start again"
}

compiler() {
    command -v cc >/dev/null || install gcc libc6-dev
    command -v cargo >/dev/null ||
        fail "no cargo on the PATH; install Rust $rust_min or later and start again"
    have=$(rustc --version | sed -n 's/^rustc \([0-9]*\.[0-9]*\).*/\1/p')
    oldest=$(printf '%s\n%s\n' "$rust_min" "$have" | sort -V | head -n 1)
    [ "$oldest" = "$rust_min" ] || fail "Rust is $have, wanted $rust_min or later"
}

# What faces are built with: dlib, OpenBLAS and a C++ compiler.
libraries() {
    command -v g++ >/dev/null || install g++
    if [ -e /usr/include/dlib/dnn.h ] && cc_finds openblas && cc_finds dlib; then return 0; fi
    install libdlib-dev libopenblas-dev ||
        fail "without them there are no faces; build without: cargo run --release --no-default-features -- serve"
}

cc_finds() { [ "$(cc -print-file-name="lib$1.so")" != "lib$1.so" ]; }

# These two files, by these hashes: see docs/operating.md.
models_sums='c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888  shape_predictor_5_face_landmarks.dat
55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30  dlib_face_recognition_resnet_model_v1.dat'
pictures_sums='0930e3aa8cae5920329c0c8cbc6a2ab70f47b0e67b432875beaa95cbf7e741f6  obama.jpg
a7efcc907375274796f39646510704aa86672d59f6d5469d69af3c85590976a6  obama2.jpg
76ac6bf97c36dc2da0ad16a537d6a5ac1b10f48d49aac29a0cca9a17cdbc3ca3  obama3.jpg
3c17508bb91554c637a2eabddfae790e5bb1caba93130814fc2ac50be9760c4c  biden.jpg
c2d1f09e7ef3042352b41e41286e6eb0522f64f88308be13886991b95db52117  obama_partial_face.jpg
9a812347f97633542b8cd9992de22def11b74f79d82056bc3ee830f13878e028  obama_partial_face2.jpg
44dca895a7d635a4aedddd91a4f37af9a8a5b44e66154282a24645a757b5f627  32bit.png'

# holds FOLDER SUMS: whether every file is there and is the one that is meant.
holds() { (cd "$1" 2>/dev/null && printf '%s\n' "$2" | sha256sum --check --status 2>/dev/null); }

# Downloads with a pip that is here, or with Debian's; a package of this name must have this hash.
pip() {
    for python in python3 python; do
        if "$python" -m pip --version >/dev/null 2>&1; then
            "$python" -m pip --disable-pip-version-check "$@"
            return
        fi
    done
    (install python3-pip) || return 1
    python3 -m pip --disable-pip-version-check "$@"
}

# from_package FOLDER SUMS PACKAGE SHA256: files of a source package of PyPI into a folder below target.
from_package() {
    folder=target/$1
    if holds "$folder" "$2"; then return 0; fi
    part=$folder.part
    mkdir -p "$part"
    echo "$3 --hash=sha256:$4" >"$part/wanted"
    # pip checks the hash before it opens the package, keeps what it fetched for the next time, and shows how
    # far it is where somebody looks. Newer ones go on where a connection was lost.
    resume=
    if pip download --help 2>/dev/null | grep -q -- --resume-retries; then resume='--resume-retries 5'; fi
    pip download $resume --no-deps --no-binary :all: --require-hashes --dest "$part" --requirement "$part/wanted" ||
        return 1
    tar -xzf "$part"/*.tar.gz -C "$part" || return 1
    mkdir -p "$folder"
    printf '%s\n' "$2" | while read -r _ file; do
        found=$(find "$part" -name "$file" -type f | head -n 1)
        [ -n "$found" ] && mv "$found" "$folder/$file" || return 1
    done || return 1
    rm -rf "$part"
    holds "$folder" "$2"
}

# The server runs without them; doctor and every face command then say what is missing.
models() {
    holds target/models "$models_sums" || say "fetching the two models that find faces with pip: face_recognition_models 0.3.0, 100 MB, of which 32 are kept"
    from_package models "$models_sums" face_recognition_models==0.3.0 \
        b79bd200a88c87c9a9d446c990ae71c5a626d1f3730174e6d570157ff1d896cf
}

pictures() {
    holds target/pictures "$pictures_sums" || say "fetching the pictures of the tests with pip: face_recognition 1.3.0, 3 MB"
    from_package pictures "$pictures_sums" face_recognition==1.3.0 \
        5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec
}

# npm_tools FOLDER: what FOLDER/package-lock.json pins, by its hashes, below target/tools/npm/NAME, NAME the last part of
# FOLDER. The lock names no registry, so any mirror serves.
npm_tools() {
    there=target/tools/npm/$(basename "$1")
    if cmp -s "$1/package-lock.json" "$there/package-lock.json" && [ -d "$there/node_modules" ]; then return 0; fi
    if ! command -v npm >/dev/null; then (install nodejs npm) || return 1; fi
    say "fetching with npm what $1 pins"
    rm -rf "$there.part"
    mkdir -p "$there.part"
    cp "$1/package.json" "$1/package-lock.json" "$there.part/"
    # Nothing of it runs at its installation.
    (cd "$there.part" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) || return 1
    rm -rf "$there"
    mv "$there.part" "$there"
}

# venv NAME REQUIREMENTS: what the file pins, by its hashes, in an environment of Python at target/tools/NAME.
venv() {
    there=target/tools/$1
    if cmp -s "$2" "$there/requirements.txt"; then return 0; fi
    rm -rf "$there"
    if ! python3 -m venv "$there" 2>/dev/null; then
        rm -rf "$there"
        (install python3-venv) || return 1
        python3 -m venv "$there" || return 1
    fi
    say "fetching with pip what $2 pins"
    "$there/bin/python" -m pip --disable-pip-version-check install --quiet --require-hashes --only-binary :all: \
        --requirement "$2" || return 1
    cp "$2" "$there/requirements.txt"
}

# The page is looked at in it. Where it is not, Debian's is installed, with letters to write with.
chromium() {
    for program in chromium chromium-browser google-chrome; do
        if command -v "$program" >/dev/null; then return 0; fi
    done
    install chromium fonts-dejavu-core
}

# component NAME SUBCOMMAND: formatter and linter come with most toolchains, not with all.
component() {
    if cargo "$2" --version >/dev/null 2>&1; then return 0; fi
    if command -v rustup >/dev/null; then
        say "adding the component $1 with rustup"
        if rustup component add "$1" && cargo "$2" --version >/dev/null 2>&1; then return 0; fi
    fi
    fail "the toolchain lacks $1 and it could not be added; add the component $1 and start again"
}

for purpose in ${@:-run test bench}; do
    case $purpose in
        run)
            compiler
            libraries
            models ||
                say "the face models could not be fetched: no car is opened by a face until they are there; all else works"
            ;;
        test)
            compiler
            libraries
            models || fail "the face models could not be fetched; the tests need them"
            pictures || fail "the pictures could not be fetched; the tests need them"
            npm_tools tests/clients || fail "the clients in JavaScript could not be fetched; the tests need them"
            venv sio tests/clients/requirements.txt || fail "the clients in Python could not be fetched; the tests need them"
            venv tus tests/clients/tus.txt || fail "tuspy could not be fetched; the tests of files need it"
            component rustfmt fmt
            component clippy clippy
            promtool
            venv schemathesis tests/clients/schemathesis.txt || fail "schemathesis could not be fetched; the tests of HTTP need it"
            command -v strace >/dev/null || install strace
            chromium || fail "chromium could not be installed; the tests of the page need it"
            npm_tools tests/axe || fail "axe-core could not be fetched; the tests of the page need it"
            npm_tools tests/oidc || fail "the provider of the tests could not be fetched; the tests of the sign-in need it"
            ;;
        bench)
            compiler
            libraries
            models || fail "the face models could not be fetched; the benches need them"
            pictures || fail "the pictures could not be fetched; the benches need them"
            npm_tools tests/clients || fail "the peer in JavaScript could not be fetched; the benches need it"
            redis
            nats
            ;;
        *) fail "got $purpose, wanted run, test or bench" ;;
    esac
done
say "ready"
