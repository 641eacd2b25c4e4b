# The two commands a newcomer needs: make demo, make test.
.DEFAULT_GOAL := help
.PHONY: help demo test lint set-up clean

help:
	@echo "make demo   a CT, four points, a scored spine: results in demo/"
	@echo "make test   linter and all tests"

set-up:
	@sh requirements/set_up.sh

demo: set-up
	@.venv/bin/ovcfrisk demo --out demo

lint: set-up
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .

test: lint
	.venv/bin/python -m pytest -n auto --dist loadgroup

clean:
	rm -rf .venv demo build
