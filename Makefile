# A thin front over the CMake presets. The work is done by the programs in build/<preset>/bin.
#
#   make bench       set up, build, measure, write reports/index.html   [FILTER=regex BUDGET=seconds]
#                    ALLOCATIONS=1 also counts what each iteration allocates; so in the next two
#   make bench-save BASELINE=name   the same, and keep the result as baselines/name.json
#   make bench-compare [BASELINE=name | REV=revision]   old and new side by side: what has changed
#                    reports/ has what doctor and bench-selftest found last, too, and the baselines' history
#   make run         the engine for 10 s: a line a second, stages, latencies   [DURATION=seconds RATE=number]
#   make doctor      what on this machine disturbs measurements         [BUDGET=seconds]
#   make test        set up, build, run all tests
#   make soak        the tests that take samples, whole: every allocation, every system call; those
#                    under many threads ten times as long
#   make coverage    which lines of core and harness the tests run      [QUICK=1: the C tests only]
#   make loop-overhead              what VB_LOOP costs                  [DURATION=seconds]
#   make bench-selftest             known changes, compared again and again: does vbench find them, and nothing
#                                   else?   [QUICK=1 | FULL=1; ONLY=regex LOAD=one|all|half-way DURATION=seconds]
#   make precision                  how far comparisons of the same code lie from zero  [QUICK=1]
#   make report-costs               how long a report takes to make, and its table to filter  [QUICK=1]
#   make fuzz                       what a file can do to a comparison  [DURATION=seconds]
#   make             build only                                         [PRESET=release|debug|asan|tsan]
#   make install     vbench and libvbench for other projects            [PREFIX=folder]
#   make clean       remove build/ and the generated report
PRESET ?= release
BUILD = build/$(PRESET)
RESULTS := build/results
JOBS ?= $(shell nproc 2>/dev/null || echo 2)

MAKEFLAGS += --no-print-directory

# Through the environment, so that no character of theirs means anything to the shell, and as given,
# so that a $ in a regular expression means nothing to make.
override FILTER := $(value FILTER)
override BUDGET := $(value BUDGET)
override BASELINE := $(value BASELINE)
override REV := $(value REV)
override DURATION := $(value DURATION)
override RATE := $(value RATE)
override ONLY := $(value ONLY)
override LOAD := $(value LOAD)
override ALLOW_DEBUG := $(value ALLOW_DEBUG)
override PREFIX := $(value PREFIX)
export FILTER BUDGET BASELINE REV DURATION RATE ONLY LOAD PREFIX ALLOW_DEBUG
# A switch is 1, or 0 or empty; anything else is a mistake.
on = $(if $(filter-out 0 1,$($(1))),$(error $(1)=$($(1)) is neither 1 nor 0),$(filter 1,$($(1))))
# What a report shows besides, as far as it is there.
DOCTOR := $(RESULTS)/doctor.json
SELFTEST := build/selftest/selftest.json
REPORT_FLAGS = --out reports $(if $(wildcard $(DOCTOR)),--doctor $(DOCTOR)) $(if $(wildcard $(SELFTEST)),--selftest $(SELFTEST))
RUN_FLAGS = $${FILTER:+--filter "$$FILTER"} $${BUDGET:+--budget "$$BUDGET"} $(if $(call on,ALLOCATIONS),--allocations)

# Configures where that has not been done, or not to its end, then builds a target.
define build_target
	@test -f $(BUILD)/Makefile || cmake --preset $(PRESET)
	@cmake --build --preset $(PRESET) --parallel $(JOBS) --target $(1)
endef

.PHONY: build bench bench-save bench-compare run doctor test soak coverage fuzz loop-overhead bench-selftest precision report-costs install clean setup setup-test setup-coverage
build:
	$(call build_target,all)

setup:
	@scripts/setup.sh bench
setup-test:
	@scripts/setup.sh test
setup-coverage:
	@scripts/setup.sh coverage

bench: setup
	$(call build_target,vbench_with_suites)
	@mkdir -p $(RESULTS)
	@$(BUILD)/bin/vbench run $(RUN_FLAGS) --json $(RESULTS)/bench.json $(REPORT_FLAGS)

bench-save: setup
	@test -n "$$BASELINE" || { echo 'make bench-save needs a name: make bench-save BASELINE=name' >&2; exit 2; }
	$(call build_target,vbench_with_suites)
	@$(BUILD)/bin/vbench save $(RUN_FLAGS) $(if $(call on,ALLOW_DEBUG),--allow-debug) $(REPORT_FLAGS) -- "$$BASELINE"

bench-compare: setup
	$(call build_target,vbench_with_suites)
	@mkdir -p $(RESULTS)
	@test -z "$$BASELINE" -o -z "$$REV" || { echo 'make bench-compare takes BASELINE or REV, not both' >&2; exit 2; }
	@$(BUILD)/bin/vbench compare $(RUN_FLAGS) --cache build/cache --json $(RESULTS)/compare.json $(REPORT_FLAGS) \
		$${REV:+--rev "$$REV"} -- $${BASELINE:+"$$BASELINE"}

run: setup
	$(call build_target,velox_program)
	@$(BUILD)/bin/velox --seconds "$${DURATION:-10}" $${RATE:+--rate "$$RATE"}

doctor: setup
	$(call build_target,vbench_program)
	$(call build_target,noise)
	@mkdir -p $(RESULTS)
	@$(BUILD)/bin/vbench doctor $${BUDGET:+--budget "$$BUDGET"} --cache build/cache --json $(DOCTOR)

# What VB_LOOP costs beside Google Benchmark's own loop: README, "The timed loop costs nothing".
loop-overhead: setup
	$(call build_target,loop_overhead)
	@$(BUILD)/bin/loop_overhead $${DURATION:-}

# The judge proves itself: harness/selftest/README.md. `scripts/setup.sh peers` brings those it stands beside.
bench-selftest: setup
	$(call build_target,vbench_program)
	$(call build_target,selftest)
	@harness/selftest/selftest.py --build $(BUILD) --mode $(if $(call on,QUICK),quick,$(if $(call on,FULL),full,default)) \
		$${ONLY:+--only "$$ONLY"} $${LOAD:+--load "$$LOAD"} $${DURATION:+--duration "$$DURATION"}

# How far comparisons of the same code lie from zero: README, "What a comparison can see".
precision: setup
	$(call build_target,vbench_program)
	$(call build_target,selftest)
	@harness/selftest/precision.py --build $(BUILD) $(if $(call on,QUICK),--count 3 --only 'hash|ring')

# reports/README.md, "What it costs".
report-costs: setup-test
	@$$(scripts/find_python.sh selenium jinja2 jsonschema fastjsonschema matplotlib) reports/tests/measure_report.py \
		$(if $(call on,QUICK),--small 4 --large 20)

# Inputs that reach something new stay in build/fuzz/corpus, one that fails in build/fuzz.
fuzz: PRESET := fuzz
fuzz: setup-test
	$(call build_target,baseline_fuzz)
	@mkdir -p $(BUILD)/corpus
	@$(BUILD)/bin/baseline_fuzz -max_total_time=$${DURATION:-60} -print_final_stats=1 -max_len=6000 \
		-dict=harness/fuzz/schema.dict -artifact_prefix=$(BUILD)/ \
		$(BUILD)/corpus harness/fuzz/corpus

test: setup-test
	@scripts/run_tests.py --jobs $(JOBS)

soak: setup-test
	@scripts/run_tests.py --jobs $(JOBS) --soak

# Counts of an earlier run are removed: the sources may have changed since. A test that fails says so,
# and the table comes all the same.
coverage: setup-coverage
	@test ! -d build/coverage || find build/coverage -name '*.gcda' -delete
	@scripts/run_tests.py --preset coverage --jobs $(JOBS) $(if $(call on,QUICK),--only c); status=$$?; \
	scripts/coverage.sh build/coverage && exit $$status

install: setup
	$(call build_target,vbench_installed)
	@cmake --install $(BUILD) --prefix "$${PREFIX:-/usr/local}"

clean:
	rm -rf build reports/index.html reports/pages reports/plots
