"""What tests build by themselves: a small suite, how it is linked with libvbench, and a project that has both."""
from __future__ import annotations

import programs

ADD_SUITE = programs.ROOT / "harness" / "cmake" / "vbench_add_suite.cmake"
LIBVBENCH = programs.BUILD / "harness" / "libvbench.a"
LIBRARIES = [LIBVBENCH, "-lbenchmark", "-lstdc++", "-lpthread", "-ldl", "-lm", *programs.LINK_FLAGS]


def suite(*rows: str, before: str = "") -> str:
    """A suite, in C and in C++, with these rows of its table; `nothing` is there for them, and what stands before."""
    return f"""
#include <vbench/vbench.h>
static void nothing(vb_run *run)
{{
    VB_LOOP (run)
        VB_KEEP(run);
}}
{before}
static const vb_bench table[] = {{{", ".join(rows)}}};
VB_MAIN(table)
"""


def beginning(languages: str = "C CXX") -> str:
    """Of a CMakeLists.txt: a project with vbench_add_suite."""
    return f"""
cmake_minimum_required(VERSION 3.25)
project(outside LANGUAGES {languages})
include("{ADD_SUITE}")
"""


# This build's libvbench, in a project of others.
IMPORTED = f"""
find_package(Threads REQUIRED)
find_package(benchmark REQUIRED)
add_library(vbench::vbench STATIC IMPORTED)
set_target_properties(vbench::vbench PROPERTIES IMPORTED_LOCATION "{LIBVBENCH}"
  INTERFACE_INCLUDE_DIRECTORIES "{programs.INCLUDE}"
  INTERFACE_LINK_LIBRARIES "{";".join(["benchmark::benchmark", "Threads::Threads", *programs.LINK_FLAGS])}")
"""
