"""What the compiler makes of VB_LOOP and VB_KEEP, by disassembly."""
from __future__ import annotations

import platform
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
SOURCES = HERE / "assembly"
LOOPS = HERE.parent / "loop_overhead"
INCLUDE = HERE.parent / "include"

COMPILERS = {"gcc": ("gcc", "g++"), "clang": ("clang", "clang++")}
LEVELS = ("-O2", "-O3")

pytestmark = pytest.mark.skipif(platform.machine() != "x86_64", reason="reads x86-64 assembly")


@dataclass(frozen=True)
class Instruction:
    address: int
    mnemonic: str
    operands: str

    @property
    def target(self) -> int | None:
        """Where a jump goes; None for anything else."""
        found = re.match(r"([0-9a-f]+) <", self.operands)
        return int(found[1], 16) if found and self.mnemonic.startswith("j") else None


def compile_and_disassemble(compiler: str, source: Path, flags: list[str], tmp_path: Path
                            ) -> dict[str, list[Instruction]]:
    """The instructions of each function of the object file."""
    if not shutil.which(compiler):
        pytest.skip(f"{compiler} is not installed")
    compiled = tmp_path / "compiled.o"
    subprocess.run([compiler, "-Wall", "-Wextra", *flags, f"-I{INCLUDE}", "-c", source, "-o", compiled],
                   check=True, timeout=120)
    text = subprocess.run(["objdump", "-d", "--no-show-raw-insn", "-w", compiled], check=True,
                          capture_output=True, text=True, timeout=60).stdout
    functions: dict[str, list[Instruction]] = {}
    for line in text.splitlines():
        if head := re.match(r"[0-9a-f]+ <(.+)>:$", line):
            functions[head[1]] = current = []
        elif found := re.match(r"\s*([0-9a-f]+):\s+(\S+)\s*(.*?)\s*(?:#.*)?$", line):
            current.append(Instruction(int(found[1], 16), found[2], found[3]))
    return functions


def loops(function: list[Instruction]) -> list[list[Instruction]]:
    """Each run of instructions that a backward jump closes."""
    return [[i for i in function if jump.target <= i.address <= jump.address]
            for jump in function
            if jump.target is not None and function[0].address <= jump.target <= jump.address]


def measured_loops(function: list[Instruction]) -> list[list[Instruction]]:
    """The loops that hold the measured body; the way out of the function may jump back, too."""
    return [loop for loop in loops(function) if any(i.mnemonic == "imul" for i in loop)]


def without_registers(loop: list[Instruction]) -> list[str]:
    """Instructions with register names and addresses taken out, padding left out."""
    shapes = []
    for i in loop:
        if i.mnemonic.startswith(("nop", "data16", "xchg")):
            continue
        operands = "TARGET" if i.target is not None else re.sub(r"%\w+", "%", i.operands)
        shapes.append(f"{i.mnemonic} {operands}")
    return shapes


@pytest.fixture(params=[(c, level) for c in COMPILERS for level in LEVELS],
                ids=lambda p: f"{p[0]}{p[1]}")
def toolchain(request):
    return request.param


@pytest.fixture
def both_loops(toolchain, tmp_path):
    """The one loop of VB_LOOP's function and of the native one, from the same flags."""
    name, level = toolchain
    c, cxx = COMPILERS[name]
    flags = [level, "-DNDEBUG", "-fno-omit-frame-pointer"]
    ours = compile_and_disassemble(c, LOOPS / "loop_vb.c", flags, tmp_path)["vb_loop_under_test"]
    native = compile_and_disassemble(cxx, LOOPS / "loop_native.cc", [*flags, "-std=c++17"],
                                     tmp_path)["native_loop_under_test"]
    return measured_loops(ours), measured_loops(native)


def test_vb_loop_makes_one_loop(both_loops):
    ours, native = both_loops
    assert (len(ours), len(native)) == (1, 1)


def test_vb_loop_calls_nothing_in_an_iteration(both_loops):
    ours, _ = both_loops
    assert ours and not [i for i in ours[0] if i.mnemonic.startswith("call")]


def test_vb_loop_runs_the_instructions_of_google_benchmarks_loop(both_loops):
    ours, native = both_loops
    assert without_registers(ours[0]) == without_registers(native[0])


KEPT = {
    "keep_int": "imul",
    "keep_unsigned_char": r"i?mul",
    "keep_long": "imul",
    "keep_float": "mulss",
    "keep_double": "mulsd",
    "keep_long_double": "fmul",
    "keep_pointer": "lea|add",
    "keep_small_struct": "imul",
    "keep_large_struct": "imul",
    "keep_expression": "imul",
    "keep_stored": "imul",
    "keep_in_loop": "imul",
}


@pytest.fixture
def kept(toolchain, tmp_path):
    name, level = toolchain
    return compile_and_disassemble(COMPILERS[name][0], SOURCES / "kept.c", [level], tmp_path)


@pytest.fixture
def not_kept(toolchain, tmp_path):
    name, level = toolchain
    return compile_and_disassemble(COMPILERS[name][0], SOURCES / "kept.c", [level, "-DWITHOUT_KEEP"],
                                   tmp_path)


def work_in(function: list[Instruction], pattern: str) -> list[str]:
    return [i.mnemonic for i in function if re.match(pattern, i.mnemonic)]


@pytest.mark.parametrize("function", KEPT)
def test_vb_keep_keeps_the_work(kept, function):
    assert work_in(kept[function], KEPT[function])


@pytest.mark.parametrize("function", KEPT)
def test_the_work_goes_away_without_vb_keep(not_kept, function):
    assert not work_in(not_kept[function], KEPT[function])


def test_vb_keep_keeps_the_work_of_every_iteration(kept):
    assert [work_in(loop, "imul") for loop in loops(kept["keep_in_loop"])] == [["imul"]]
