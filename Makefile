# `make` alone prints what there is. Set SYSTEM on the command line: make run SYSTEM=orders

SYSTEMS := orders
SYSTEM = orders

SWIFT_SOURCES := Sources Systems Examples Tests Benchmarks Fuzz Package.swift
SHELL_SCRIPTS := .ci/run scripts/setup scripts/docs scripts/fuzz scripts/start-event-flow-services.sh scripts/test-event-flow.sh
PYTHON_SCRIPTS := scripts/crash-test scripts/outage-test scripts/flood-test scripts/torture-test scripts/planted-faults \
	scripts/payment-gateway scripts/runtime-torture scripts/soak scripts/crash_test/*.py scripts/torture_test/*.py \
	scripts/runtime_torture/*.py scripts/full-disk-test scripts/full_disk_test/*.py
# Suites that compute for long, or are many, run apart from those that wait, and keep none of them from its turn.
LONG_SUITES := '^TidingsRoutingTests[.]' '^TidingsLogTests[.]' '^TidingsTests[.]' '^TidingsBrokerTests[.]BrokerModel' \
	'^TidingsBrokerTests[.]BrokerPowerCutTests' '^TidingsBrokerTests[.]BrokerPowerCutFault' \
	'^TidingsBrokerTests[.]RecoveryPowerCut' '^TidingsBrokerTests[.]Index' '^TidingsBrokerTests[.]EventLookup'
SKIP_LONG_SUITES = $(foreach suite,$(LONG_SUITES),--skip $(suite))

ifeq ($(filter $(SYSTEM),$(SYSTEMS)),)
$(error There is no system named '$(SYSTEM)'. There is: $(SYSTEMS))
endif

RUNS = 10000000
EVENTS = 10000000

.PHONY: help setup run test crash-test torture-test full-disk-test runtime-torture soak outage-test flood-test planted-faults \
	fuzz bench lint format docs

help:
	@echo "make run         set up, build and start a system (SYSTEM=orders; there is: $(SYSTEMS))"
	@echo "make test        set up, build, run the unit tests, short crash, torture and flood tests"
	@echo "make crash-test  place 2,000 orders while the process is killed twenty times"
	@echo "make torture-test kill the engine two hundred times under load"
	@echo "make full-disk-test fill the disk of the engine for ten minutes, again and again (Linux, as root)"
	@echo "make runtime-torture torture a system of services for ten minutes (Linux)"
	@echo "make soak        run a system of services for an hour, and see that nothing grows (Linux)"
	@echo "make outage-test place orders while the payment service's database is locked for 30 s"
	@echo "make flood-test  place orders while 15,000 connections stand and are left alone (Linux)"
	@echo "make planted-faults plant faults in the runtime, one at a time, and see the tests find each"
	@echo "make bench       build and run the benchmarks, on a log of up to EVENTS events ($(EVENTS))"
	@echo "make fuzz        feed the pattern language, scanner and matcher with RUNS made-up inputs ($(RUNS))"
	@echo "make lint        check the format and style of everything"
	@echo "make format      put the Swift sources into the house format"
	@echo "make docs        build the documentation into .build/docs"
	@echo "make setup       look for what is needed and install what is missing"

setup:
	@scripts/setup

run: setup
	swift build --configuration release --product $(SYSTEM)
	.build/release/$(SYSTEM)

test: setup
	swift build --build-tests
	for suite in $(LONG_SUITES); do swift test --skip-build --disable-xctest --filter "$$suite" || exit 1; done
	swift test --skip-build --disable-xctest --filter '^TidingsBrokerTests[.]' $(SKIP_LONG_SUITES)
	swift test --skip-build --disable-xctest --skip '^TidingsBrokerTests[.]' $(SKIP_LONG_SUITES)
	scripts/crash-test --short --binary .build/debug/orders
	scripts/torture-test --short --binary .build/debug/engine-torture
	[ "$$(uname)" != Linux ] || scripts/flood-test --short --binary .build/debug/orders
	[ "$$(uname)" != Linux ] || scripts/runtime-torture --short --binary .build/debug/runtime-torture

crash-test: setup
	swift build --configuration release --product orders
	scripts/crash-test --binary .build/release/orders

torture-test: setup
	swift build --configuration release --product engine-torture
	scripts/torture-test --binary .build/release/engine-torture

full-disk-test: setup
	swift build --configuration release --product engine-torture
	scripts/full-disk-test --binary .build/release/engine-torture

runtime-torture: setup
	swift build --configuration release --product runtime-torture
	scripts/runtime-torture --binary .build/release/runtime-torture

soak: setup
	swift build --configuration release --product runtime-torture
	scripts/soak --binary .build/release/runtime-torture

outage-test: setup
	swift build --configuration release --product orders
	scripts/outage-test --binary .build/release/orders

flood-test: setup
	swift build --configuration release --product orders
	scripts/flood-test --binary .build/release/orders

planted-faults: setup
	scripts/planted-faults

bench: setup
	swift build --configuration release --product benchmarks
	swift build --configuration release --product routing-benchmarks
	.build/release/benchmarks --events $(EVENTS)
	.build/release/routing-benchmarks

fuzz: setup
	scripts/fuzz $(RUNS)

lint: setup
	swift format lint --strict --recursive --parallel $(SWIFT_SOURCES)
	for script in $(SHELL_SCRIPTS); do bash -n $$script || exit 1; done
	PYTHONPYCACHEPREFIX=.build/pycache python3 -m py_compile $(PYTHON_SCRIPTS)

format: setup
	swift format --in-place --recursive --parallel $(SWIFT_SOURCES)

docs: setup
	scripts/docs
