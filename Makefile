# The two commands a newcomer needs: make demo, make test.
.DEFAULT_GOAL := help
.PHONY: help demo test lint slicer-test set-up demonstration-model clean

help:
	@echo "make demo   a CT, four points, a scored spine: results in demo/"
	@echo "make test   linter and all tests"
	@echo "make slicer-test SLICER=/path/to/Slicer   the module's tests in that application"

set-up:
	@sh requirements/set_up.sh

demo: set-up
	@.venv/bin/ovcfrisk demo --out demo

lint: set-up
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/python CMake/update_lists.py --check

test: lint
	.venv/bin/python -m pytest -n auto --dist loadgroup

# in an application that is installed already: self test, module tests, headless script
slicer-test:
	python3 Testing/slicer_test.py --slicer "$(SLICER)"

# the default model card, bit for bit: cohort of 145 simulated women, the paper's eight features
demonstration-model: set-up
	.venv/bin/ovcfrisk simulate --patients 145 --seed 20250601 --out build/cohort
	.venv/bin/ovcfrisk train build/cohort/features.csv --second-observer build/cohort/features_observer2.csv \
	  --features the-eight --lambda min --family gaussian --positive-class NF --id ovcfrisk-demonstration \
	  --out build/cohort/ovcfrisk-demonstration.json --figures build/cohort/figures
	cp build/cohort/ovcfrisk-demonstration.json OVCFRiskLib/models/

clean:
	rm -rf .venv demo build
