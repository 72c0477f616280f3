#!/bin/sh
# Prints the path of a Python interpreter that can import the modules named as arguments
# (default: those of the report generator). It does not import them and installs nothing.
#
# Order: $VBENCH_PYTHON (never replaced silently), python3 on PATH, /usr/bin/python3, other
# python3.* on PATH. Python 3.11 or newer is preferred, 3.9 is enough.
# Exit status: 0 with one line on stdout; 2 with one sentence on stderr.

[ $# -gt 0 ] || set -- matplotlib numpy jinja2 jsonschema fastjsonschema

# The current folder is left out of the search: it is not there when the program runs.
probe='
import sys
sys.path = [p for p in sys.path if p]
from importlib.util import find_spec
def missing(name):
    try:
        return find_spec(name) is None
    except Exception:
        return True
lost = [name for name in sys.argv[1:] if missing(name)]
if sys.version_info < (3, 9):
    print("old %d.%d" % sys.version_info[:2])
elif lost:
    print("lacks " + " ".join(lost))
else:
    print("good" if sys.version_info >= (3, 11) else "fair")
'

examine() { # INTERPRETER MODULE...: one of "good", "fair", "old X.Y", "lacks M...", or nothing
    interpreter=$1
    shift
    "$interpreter" -c "$probe" "$@" 2>/dev/null </dev/null
}

debian_packages() { # MODULE...
    packages=
    for module in "$@"; do
        case $module in
            xdist) packages="$packages python3-pytest-xdist" ;;
            matplotlib | numpy | jinja2 | jsonschema | fastjsonschema | pytest | scipy | selenium | yaml) packages="$packages python3-$module" ;;
        esac
    done
    printf '%s' "${packages# }"
}

if [ -n "${VBENCH_PYTHON-}" ]; then
    chosen=$(command -v -- "$VBENCH_PYTHON" 2>/dev/null) || chosen=
    if [ -z "$chosen" ] || [ -d "$chosen" ] || [ ! -x "$chosen" ]; then
        echo "find_python: VBENCH_PYTHON is '$VBENCH_PYTHON', which is not a program; set it to a Python interpreter or unset it." >&2
        exit 2
    fi
    answer=$(examine "$chosen" "$@")
    case $answer in
        good | fair)
            printf '%s\n' "$chosen"
            exit 0
            ;;
        lacks*)
            echo "find_python: VBENCH_PYTHON is '$VBENCH_PYTHON', which lacks ${answer#lacks }; install that, or unset VBENCH_PYTHON to let another interpreter be found." >&2
            ;;
        old*)
            echo "find_python: VBENCH_PYTHON is '$VBENCH_PYTHON', which is Python ${answer#old }; 3.9 or newer is needed." >&2
            ;;
        *)
            echo "find_python: VBENCH_PYTHON is '$VBENCH_PYTHON', which did not run as a Python interpreter." >&2
            ;;
    esac
    exit 2
fi

fair=      # the first interpreter that has everything but is older than 3.11
lost=      # modules missing from the interpreter that Debian's packages are for, or from the first one
lost_from=
consider() { # INTERPRETER MODULE...: prints it and exits if it is good
    case "$seen" in *"|$1|"*) return ;; esac
    seen="$seen|$1|"
    candidate=$1
    answer=$(examine "$@")
    case $answer in
        good)
            printf '%s\n' "$candidate"
            exit 0
            ;;
        fair) [ -n "$fair" ] || fair=$candidate ;;
        lacks*)
            if [ -z "$lost_from" ] || [ "$candidate" = /usr/bin/python3 ]; then
                lost=${answer#lacks }
                lost_from=$candidate
            fi
            ;;
    esac
}

seen=
first=$(command -v python3 2>/dev/null) && consider "$first" "$@"
[ -x /usr/bin/python3 ] && consider /usr/bin/python3 "$@"

rest=${PATH-}:
while [ -n "$rest" ]; do
    folder=${rest%%:*}
    rest=${rest#*:}
    for file in "${folder:-.}"/python3.*; do
        case ${file##*/} in
            *[!python0-9.]*) continue ;; # python3.11-config and the like
        esac
        [ -f "$file" ] && [ -x "$file" ] && consider "$file" "$@"
    done
done

if [ -n "$fair" ]; then
    printf '%s\n' "$fair"
    exit 0
fi
if [ -z "$lost_from" ]; then
    echo "find_python: no Python 3.9 or newer was found; on Debian or Ubuntu install python3 $(debian_packages "$@")." >&2
    exit 2
fi
# Word splitting is wanted: module names hold no blanks.
# shellcheck disable=SC2086
packages=$(debian_packages $lost)
echo "find_python: no Python here has every module that is needed; $lost_from lacks $lost${packages:+ (Debian and Ubuntu packages: $packages)}; install what is missing, or set VBENCH_PYTHON to an interpreter that has it." >&2
exit 2
