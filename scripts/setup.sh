#!/bin/sh
# Installs what is missing, from Debian's packages: setup.sh bench (to build, measure and report),
# setup.sh test or setup.sh coverage (what the tests need besides), setup.sh peers (what `make bench-selftest` sets
# vbench beside; large). Says what it installs; says nothing if nothing is missing. Exit code 2 where it cannot: the
# message lists what is needed.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
purpose=${1:-bench}

# What must be there, and the package that has it. A program: command:package. A file of a library:
# the compiler's or pkg-config's answer decides, so that a hand-made installation counts as well.
programs="cc:gcc c++:g++ make:make cmake:cmake pkg-config:pkg-config git:git gnuplot:gnuplot-nox"
libraries="jansson:libjansson-dev libmicrohttpd:libmicrohttpd-dev libcurl:libcurl4-openssl-dev gsl:libgsl-dev libdw:libdw-dev nettle:nettle-dev benchmark:libbenchmark-dev cmocka:libcmocka-dev"
modules="matplotlib:python3-matplotlib numpy:python3-numpy jinja2:python3-jinja2 jsonschema:python3-jsonschema fastjsonschema:python3-fastjsonschema"
files=""
case $purpose in
bench) ;;
test | coverage) # coverage runs tests, and a test runs its table
    programs="$programs clang:clang ld.lld:lld llvm-ar:llvm objdump:binutils nm:binutils ps:procps gcovr:gcovr strace:strace ninja:ninja-build prometheus:prometheus promtool:prometheus chromium:chromium chromedriver:chromium-driver"
    libraries="$libraries zlib:zlib1g-dev"
    modules="$modules pytest:python3-pytest xdist:python3-pytest-xdist scipy:python3-scipy yaml:python3-yaml selenium:python3-selenium"
    files="/usr/share/benchmark/compare.py:libbenchmark-tools /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf:fonts-dejavu-core"
    ;;
peers)
    programs="$programs cargo:cargo rustc:rustc"
    modules="$modules scipy:python3-scipy"
    files="/usr/share/benchmark/compare.py:libbenchmark-tools"
    ;;
*)
    echo "setup.sh: unknown purpose \"$purpose\"; say bench, test, coverage or peers." >&2
    exit 2
    ;;
esac

missing=""
need() {
    case " $missing " in
    *" $1 "*) ;;
    *) missing="$missing $1" ;;
    esac
}

for pair in $programs; do
    command -v "${pair%%:*}" >/dev/null 2>&1 || need "${pair#*:}"
done
for pair in $libraries; do
    { command -v pkg-config >/dev/null 2>&1 && pkg-config --exists "${pair%%:*}"; } || need "${pair#*:}"
done
for pair in $files; do
    [ -e "${pair%%:*}" ] || need "${pair#*:}"
done
# libFuzzer, where this clang looks for it.
has_fuzzer() {
    folder=$(clang -print-runtime-dir 2>/dev/null) || return 1
    set -- "$folder"/libclang_rt.fuzzer*
    [ -e "$1" ]
}
has_criterion() {
    set -- /usr/share/cargo/registry/criterion-[0-9]*
    [ -e "$1" ]
}
case $purpose in
test | coverage) has_fuzzer || need libclang-rt-dev ;;
peers) has_criterion || need librust-criterion-dev ;;
esac
names=""
for pair in $modules; do
    names="$names ${pair%%:*}"
done
# shellcheck disable=SC2086
if ! "$here/find_python.sh" $names >/dev/null 2>&1; then
    if [ -n "${VBENCH_PYTHON:-}" ]; then # the user's own choice is not ours to mend
        "$here/find_python.sh" $names >/dev/null
        exit 2
    fi
    need python3
    for pair in $modules; do
        need "${pair#*:}"
    done
fi
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    echo "setup.sh: this system has no apt-get; install the equivalents of these Debian packages, then try again:$missing" >&2
    exit 2
fi
as_root=""
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "setup.sh: neither root nor sudo; as root, run: apt-get install$missing" >&2
        exit 2
    fi
    as_root=sudo
fi
echo "Installing Debian packages:$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2086
if ! { $as_root apt-get update &&
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1; then
    tail -n 5 "$log" >&2
    echo "setup.sh: apt-get could not install them (above are its last lines); needed are:$missing" >&2
    exit 2
fi
