#!/bin/sh
# Prints how many lines of core and harness have run, a line a file, and writes the same with the
# sources as pages: coverage.sh BUILD, a build of the preset coverage whose tests have run. Tests and
# examples are not among the figures. gcovr does the work.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
build=${1:-}
cd "$here/.."
if [ ! -d "$build" ]; then
    echo "coverage.sh: \"$build\" is no build; \`make coverage\` makes build/coverage and calls this." >&2
    exit 2
fi
mkdir -p "$build/html"
# gcovr's last column, the numbers of the missing lines, is left to the pages.
gcovr --root . --filter core/ --filter harness/ \
    --exclude '(.*/)?tests/' --exclude harness/examples/ --exclude harness/loop_overhead/ \
    --txt "$build/html/summary.txt" --html-details "$build/html/index.html" "$build"
cut -c 1-66 "$build/html/summary.txt"
echo "Pages: $build/html/index.html"
