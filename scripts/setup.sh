#!/bin/sh
# Makes this machine ready: `scripts/setup.sh run|test|bench` (nothing said: all of them).
#
# Says what it fetches and why, and fetches nothing twice. Only a missing C compiler is installed
# into the system; tools of the tests and benches are unpacked below target/tools, so that no
# service of theirs is ever started and no root is needed for them.
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
            ;;
        test)
            compiler
            component rustfmt fmt
            component clippy clippy
            promtool
            ;;
        bench)
            compiler
            redis
            nats
            ;;
        *) fail "got $purpose, wanted run, test or bench" ;;
    esac
done
say "ready"
