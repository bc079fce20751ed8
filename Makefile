# The two commands for a fresh machine are `make demo` and `make test`.

GO    ?= go
VENV  := .venv
MODEL ?=

# ENGINE=system builds on an installed llama.cpp, which pkg-config finds.
ifeq ($(ENGINE),system)
engine_ready := system-check
system_sh := PKG_CONFIG_PATH='$(PKG_CONFIG_PATH)' CGO_CFLAGS='$(CGO_CFLAGS)' CGO_LDFLAGS='$(CGO_LDFLAGS)' scripts/system.sh
export PKG_CONFIG_PATH
cflags := $(shell $(system_sh) cflags)
ldflags := $(shell $(system_sh) ldflags)
export CGO_CFLAGS := $(cflags)
export CGO_LDFLAGS := $(ldflags)
else ifneq ($(ENGINE),)
$(error ENGINE=$(ENGINE) is not known: use ENGINE=system for an installed llama.cpp, or leave it out)
else
engine_ready := engine
# What is set on make's command line reaches recipes, but not $(shell) before make 4.4.
engine_settings := $(foreach v,BACKEND LLAMA_SRC SIMD LINK TARGET CMAKE_ARGS CAPTURE_CACHE,$(if $(findstring command,$(origin $v)),$v='$($v)'))
prefix := $(shell $(engine_settings) scripts/engine.sh prefix)
export PKG_CONFIG_PATH := $(prefix)/lib/pkgconfig:$(PKG_CONFIG_PATH)
# Go's build cache does not look at what pkg-config says: a flag names the engine to it.
export CGO_CFLAGS := $(or $(filter-out -DCAPTURE_ENGINE=%,$(CGO_CFLAGS)),-O2 -g) -DCAPTURE_ENGINE=$(notdir $(prefix))
endif
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS := -X main.commit=$(VERSION)

.PHONY: help env engine system-check system-engine build demo browser test test-offload docs-test torture lint bench bench-peers reproduce fuzz phantom intent dist dist-try clean python tiny model models-doc go-tools

help: ## show the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

env: $(if $(filter system,$(ENGINE)),system-check) ## print the variables that plain go commands need: eval "$$(make env)"
	@echo "export PKG_CONFIG_PATH='$(PKG_CONFIG_PATH)' CGO_CFLAGS='$(CGO_CFLAGS)' CGO_LDFLAGS='$(CGO_LDFLAGS)'"

system-check:
	@scripts/system.sh check

system-engine: ## build llama.cpp as shared libraries, to stand for an installed one: eval "$$(make system-engine)"
	@echo "export PKG_CONFIG_PATH='$$(LINK=shared scripts/engine.sh build)/lib/pkgconfig'"

engine: ## build llama.cpp into the user's cache folder (once, about 2 minutes)
	@scripts/engine.sh build >/dev/null

go-tools:
	@command -v $(GO) >/dev/null || { echo "error: Go is missing" >&2; echo "hint: install Go 1.26 or newer (https://go.dev/dl)" >&2; exit 1; }

build: $(engine_ready) go-tools ## build bin/capture
	@[ -e bin/capture ] || echo "make: compiling capture with Go (a few minutes the first time)" >&2
	@$(GO) build -ldflags '$(LDFLAGS)' -o bin/capture ./cmd/capture$(if $(filter system,$(ENGINE)), || scripts/system.sh explain)

model:
	@scripts/smollm2.sh >/dev/null

demo: build ## run the shipped spec on a real model and show what it found
	@scripts/demo.sh $(MODEL)

python: $(VENV)/ready
$(VENV)/ready: scripts/requirements.txt
	@scripts/python.sh $(VENV)

tiny: python $(VENV)/tiny/ready
$(VENV)/tiny/ready: $(wildcard scripts/tiny/*.py) $(VENV)/ready
	@$(VENV)/bin/python scripts/tiny/make_tiny.py $(VENV)/tiny >/dev/null && touch $@

models-doc: $(engine_ready) go-tools tiny ## write docs/models.md anew from the tiny models
	@CAPTURE_WRITE_DOCS=1 $(GO) test -count=1 -run TestModelsDocument ./capture

browser: ## install Chromium, in which the tests open pages (Debian, root)
	@scripts/browser.sh install

test: ## set up and run every test: 15 minutes the first time, on two cores
	@$(MAKE) --no-print-directory -j3 build tiny model
	@scripts/test.sh

test-offload: build tiny ## layers on devices: workers on loopback, or OFFLOAD_DEVICE=CUDA0
	@scripts/test.sh offload

docs-test: build python model ## run every command in README.md and docs, the long ones too
	@out=$$(mktemp) && trap 'rm -f "$$out"*' EXIT && DOCS_LONG=1 $(VENV)/bin/python -m pytest -q --junitxml="$$out.xml" scripts/docs_test && \
		$(VENV)/bin/python scripts/count_tests.py total "$$out.xml"

torture: build tiny ## kill, cut the power, fill the disk, fuzz, decode in any order: two hours, and a table at the end
	@scripts/torture.sh

lint: $(engine_ready) go-tools ## check style and the rules between the layers
	@scripts/lint.sh

bench: build python ## time capture against plain decoding and the disk
	@bin/capture bench $$(scripts/smollm2.sh) --weights as-is,bf16
	@$(GO) run ./scripts/bench $$(scripts/smollm2.sh)
	@$(VENV)/bin/python scripts/bench/probes.py
	@$(GO) test -run '^$$' -bench Permute -benchtime 1x ./capture/probe/nested

STATEMENTS ?=
PEERS      ?=
bench-peers: build ## time capture against transformers and llama-bench (PyTorch; outside CI)
	@MODEL="$(MODEL)" STATEMENTS="$(STATEMENTS)" scripts/peers/peers.sh $(PEERS)

SMALL ?=
reproduce: build python ## four published experiments, from nothing to their plots (SMALL=1 for a few rows)
	@$(VENV)/bin/python scripts/reproduce/reproduce.py all $(if $(MODEL),--model "$(MODEL)") \
		$(if $(STATEMENTS),--statements "$(STATEMENTS)") $(if $(SMALL),--small)

FUZZ_TIME ?= 60s
fuzz: $(engine_ready) go-tools ## fuzz every parser for a minute each
	@scripts/fuzz.sh $(FUZZ_TIME)

phantom: ## train the embedded phantoms from nothing (PyTorch; an hour and a half)
	@scripts/phantom/train.sh
	@PHANTOM_VENV=$(VENV)/phantom scripts/phantom/intents/train.sh

FAMILIES ?= 20
HELD_OUT ?= 5
WORDINGS ?= 2
intent: build model ## ask SmolLM2 (MODEL=...) the study of intent, small (FAMILIES=40 HELD_OUT=20 WORDINGS=8: as shipped)
	@bin/capture intent --model "$(or $(MODEL),smollm2-135m-instruct)" --families $(FAMILIES) --held-out $(HELD_OUT) --wordings $(WORDINGS) \
		--out "runs/intent-$(notdir $(or $(MODEL),smollm2))-$(FAMILIES)-$(HELD_OUT)-$(WORDINGS)"

dist: go-tools ## archives for Linux amd64 and arm64, on a Mac for macOS (half an hour the first time)
	@scripts/dist/dist.sh $(TARGETS)

dist-try: build python ## try the Linux archive in a bare Debian: no compiler, no network (root, debootstrap)
	@scripts/dist/try.sh $(ARCHIVE)

clean: ## remove what was built here (the engine stays in the cache folder)
	rm -rf bin dist $(VENV) runs
