# A thin front over the CMake presets. The work is done by the programs in build/<preset>/bin.
#
#   make bench       set up, build, measure, write reports/index.html   [FILTER=regex BUDGET=seconds]
#   make bench-save BASELINE=name   the same, and keep the result as baselines/name.json
#   make bench-compare [BASELINE=name]   measure anew and judge what has changed since
#   make test        set up, build, run all tests
#   make soak        the tests that take samples, whole: every allocation, every system call
#   make loop-overhead              what VB_LOOP costs                  [DURATION=seconds]
#   make             build only                                         [PRESET=release|debug|asan|tsan]
#   make clean       remove build/ and the generated report
PRESET ?= release
BUILD := build/$(PRESET)
RESULTS := build/results
JOBS ?= $(shell nproc 2>/dev/null || echo 2)

MAKEFLAGS += --no-print-directory

# Through the environment, so that no character of theirs means anything to the shell, and as given,
# so that a $ in a regular expression means nothing to make.
override FILTER := $(value FILTER)
override BUDGET := $(value BUDGET)
override BASELINE := $(value BASELINE)
override DURATION := $(value DURATION)
export FILTER BUDGET BASELINE DURATION
RUN_FLAGS = $${FILTER:+--filter "$$FILTER"} $${BUDGET:+--budget "$$BUDGET"}

# Configures where that has not been done, or not to its end, then builds a target.
define build_target
	@test -f $(BUILD)/Makefile || cmake --preset $(PRESET)
	@cmake --build --preset $(PRESET) --parallel $(JOBS) --target $(1)
endef

.PHONY: build bench bench-save bench-compare test soak loop-overhead clean setup setup-test
build:
	$(call build_target,all)

setup:
	@scripts/setup.sh bench
setup-test:
	@scripts/setup.sh test

bench: setup
	$(call build_target,vbench_with_suites)
	@mkdir -p $(RESULTS)
	@$(BUILD)/bin/vbench run $(RUN_FLAGS) --json $(RESULTS)/bench.json --out reports

bench-save: setup
	@test -n "$$BASELINE" || { echo 'make bench-save needs a name: make bench-save BASELINE=name' >&2; exit 2; }
	$(call build_target,vbench_with_suites)
	@$(BUILD)/bin/vbench save "$$BASELINE" $(RUN_FLAGS) --out reports

bench-compare: setup
	$(call build_target,vbench_with_suites)
	@mkdir -p $(RESULTS)
	@$(BUILD)/bin/vbench compare $${BASELINE:+"$$BASELINE"} $(RUN_FLAGS) --json $(RESULTS)/compare.json --out reports

# What VB_LOOP costs beside Google Benchmark's own loop: README, "The timed loop costs nothing".
loop-overhead: setup
	$(call build_target,loop_overhead)
	@$(BUILD)/bin/loop_overhead $${DURATION:-}

test: setup-test
	@scripts/run_tests.py --jobs $(JOBS)

soak: setup-test
	@scripts/run_tests.py --jobs $(JOBS) --soak

clean:
	rm -rf build reports/index.html reports/plots
