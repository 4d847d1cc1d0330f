# The two commands that matter: `make run` and `make test`.
VENV := .venv
PY := $(VENV)/bin/python
HOST ?= 127.0.0.1
PORT ?= 8501
export HOST PORT

# The product on sample data, in a workspace of its own: `make demo`, and `make demo-stop` to end it.
DEMO_HOME ?= demo-workspace

# Each of two test processes computes with one thread: with two they wait for each other.
ALONE := OMP_NUM_THREADS=1

.PHONY: run demo demo-stop stop doctor install test test-postgres check format samples screenshots clean

run: install
	@exec $(PY) -m core start

demo: install
	@exec $(PY) -m core demo --home $(DEMO_HOME)

demo-stop:
	@MODELWRIGHT_HOME=$(DEMO_HOME) $(PY) -m core stop

stop:
	@if [ -x $(PY) ]; then $(PY) -m core stop; fi

doctor: install
	@$(PY) -m core doctor

install: $(VENV)/.installed

$(VENV)/.installed: requirements.txt
	@scripts/venv.sh $(VENV)
	@echo "Installing what Modelwright needs into $(VENV) (once, a few minutes)…"
	@$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements.txt requirements-dev.txt
	@scripts/venv.sh $(VENV)
	@echo "Installing what the tests need into $(VENV)…"
	@$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $(VENV)/.installed $@

test: $(VENV)/.installed-dev
	@scripts/browser.sh $(PY)
	@$(ALONE) scripts/postgres.sh $(PY) -m pytest tests/store tests/jobs -n 2 --dist loadgroup
	@$(ALONE) $(PY) -m pytest -m "" -n 2 --dist loadgroup

# The suites that touch the database, on a throw-away PostgreSQL where one is installed.
test-postgres: $(VENV)/.installed-dev
	@$(ALONE) scripts/postgres.sh $(PY) -m pytest tests/store tests/jobs tests/services -n 2 --dist loadgroup

check: $(VENV)/.installed-dev
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

format: $(VENV)/.installed-dev
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

samples: install
	$(PY) -m core.data.samples

screenshots: $(VENV)/.installed-dev
	$(PY) scripts/screenshots.py

clean:
	-@$(MAKE) --no-print-directory stop
	rm -rf $(VENV)
