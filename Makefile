# avid: `make help` lists the targets. `make demo` and `make test` set up what
# is missing themselves; the others expect `make setup` to have run once.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := all
MAKEFLAGS += --no-builtin-rules --no-print-directory

# Where `make install` puts things; the default is GStreamer's own place.
PREFIX ?= $(shell pkg-config --variable=prefix gstreamer-1.0 2>/dev/null)
DESTDIR ?=

# An older Go fetches the version that go.mod names.
export GO := $(shell scripts/find-go.sh || echo go)
export GOTOOLCHAIN := auto
export PATH := $(if $(filter /%,$(GO)),$(patsubst %/,%,$(dir $(GO))):)$(PATH)
# No git in the build: it must work from an archive and in a foreign checkout.
export GOFLAGS := $(filter-out -buildvcs%,$(GOFLAGS)) -buildvcs=false
# go-gst's generated code has warnings of its own; ours asks for them again.
export CGO_CFLAGS ?= -g -O2 -Wno-cpp -Wno-deprecated-declarations

PLUGIN := build/gstreamer-1.0/libgstavid.so
TOOL := build/avid
LINTER := build/bin/golangci-lint
BIOME := build/npm/node_modules/.bin/biome
AXE := build/npm/node_modules/axe-core/axe.min.js
EXPORTS := plugin/libgstavid.map
comma := ,

# Tests and the demo see this checkout's plugin and library, whatever else is
# installed, and keep their own plugin registry.
RUN := GST_PLUGIN_PATH=$(CURDIR)/build/gstreamer-1.0 \
	GST_REGISTRY=$(CURDIR)/build/registry.bin \
	AVID_ONNXRUNTIME=$(CURDIR)/build/lib/libonnxruntime.so.1

# The tool finds ONNX Runtime by itself, and with it CUDA.
RUN_TOOL := GST_PLUGIN_PATH=$(CURDIR)/build/gstreamer-1.0 GST_REGISTRY=$(CURDIR)/build/registry.bin

# What builds and passes its tests without cgo.
PURE = $(filter-out %/runtime/engine,$(shell CGO_ENABLED=0 $(GO) list ./models/... ./runtime/...))

# The packages that test leaves to test-asan where LEFT_TO_ASAN is set: .ci/run runs both,
# and they are the same tests.
ASAN = $(if $(LEFT_TO_ASAN),$(shell GO="$(GO)" scripts/asan.sh --list))

.PHONY: all help setup setup-tests setup-lint setup-servers setup-cuda plugin tool tool-nogst gpu-check soak library test test-pure test-race test-asan lint format bench demo demo-assets \
	docs generate fuzz install image uninstall clean

all: plugin tool library ## build the plugin and the tool into build/, fetch ONNX Runtime if missing

help: ## list the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | sort | \
		while IFS='|' read -r t d; do printf '  make %-12s %s\n' "$$t" "$$d"; done

setup: ## install what this machine lacks (root on Debian 12 and 13, Ubuntu >= 25.04)
	@scripts/setup.sh

setup-tests: # and the browsers and servers that tests drive
	@scripts/setup.sh --tests

setup-servers: ## install the servers of docs/servers.md: MediaMTX and go2rtc into build/bin, mosquitto, GStreamer's RTSP
	@scripts/setup.sh --servers

setup-lint: # and the formatters and linters of C and of shell scripts
	@scripts/setup.sh --lint

setup-cuda: ## get ONNX Runtime, CUDA and cuDNN for NVIDIA GPUs into build/lib/cuda (TENSORRT=1: that too)
	@scripts/cuda.sh

plugin: ## build build/gstreamer-1.0/libgstavid.so
	@echo "avid: building $(PLUGIN) (minutes the first time, for GStreamer's Go bindings)"
	@scripts/patiently.sh "building it" $(GO) build -buildmode=c-shared \
		-ldflags "-s -w$(if $(wildcard $(EXPORTS)), -extldflags=-Wl$(comma)--version-script=$(CURDIR)/$(EXPORTS))" \
		-o $(PLUGIN) ./plugin
	@rm -f $(PLUGIN:.so=.h)

tool: ## build build/avid
	@echo "avid: building $(TOOL) (minutes the first time, for GStreamer's Go bindings)"
	@scripts/patiently.sh "building it" $(GO) build -o $(TOOL) ./cmd/avid

tool-nogst: ## build build/avid-nogst, the tool without GStreamer, for GPU servers
	@scripts/patiently.sh "building it" $(GO) build -tags nogst -o $(TOOL)-nogst ./cmd/avid

soak: tool library ## build build/avid-soak, which says whether avid stays flat for long (docs/benchmarks.md)
	@$(GO) build -o $(TOOL)-soak ./test/soak

gpu-check: ## build build/avid-gpu, which checks and times an NVIDIA GPU (docs/benchmarks.md)
	@$(GO) build -o $(TOOL)-gpu ./test/gpu

library: # a build is one without it too: its script says what is the matter
	@scripts/onnxruntime.sh || echo "avid: built, but without ONNX Runtime nothing runs: make setup" >&2
	@scripts/features.sh || echo "avid: built, but avid train teaches nothing of what looks out of place without these weights: make setup" >&2

test: setup-tests $(AXE) ## run every test, those of the cgo-free build first
	@$(MAKE) all test-pure
	@$(RUN) scripts/go-test.sh rest -timeout 30m $(filter-out $(PURE) $(ASAN),$(shell $(GO) list ./...))

test-pure: ## run the tests of models/ and runtime/ without cgo, C compiler or GStreamer
	@CGO_ENABLED=0 scripts/go-test.sh pure -timeout 20m $(PURE)

$(LINTER): tools/go.mod tools/go.sum
	@echo "avid: building the pinned golangci-lint (some minutes the first time)"
	@cd tools && ../scripts/patiently.sh "building it" $(GO) build -o ../$@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	@touch $@

$(BIOME) $(AXE) &: tools/package.json tools/package-lock.json
	@scripts/npm.sh $(BIOME) $(AXE)

test-race: setup-tests library ## run the tests of runtime/, training and element/ under the race detector
	@$(RUN) scripts/race.sh

test-asan: setup-tests library ## run the tests of the C code under the address sanitizer
	@$(RUN) scripts/asan.sh

lint: setup-lint $(LINTER) $(BIOME) ## gofmt, go vet, golangci-lint, clang-format, cppcheck, Biome, shellcheck
	@$(GO) vet ./...
	@$(GO) vet -tags nogst ./cmd/avid/...
	@$(LINTER) run ./...
	@BIOME=$(BIOME) scripts/lint.sh

format: setup-lint $(LINTER) $(BIOME) ## format the Go and C files and the page's JavaScript
	@$(LINTER) fmt ./...
	@BIOME=$(BIOME) scripts/lint.sh --format

BENCH ?= .
bench: all ## measure speed on this machine: the tool's figures, then Go's benchmarks
	@$(RUN_TOOL) $(TOOL) bench
	@$(RUN) $(GO) test -run '^$$' -bench '$(BENCH)' -benchmem -timeout 60m ./models/... ./runtime/... ./element/... ./test/... | \
		grep -v -e '^ok' -e '^?' -e '^PASS'

demo: setup ## run the filter on the shipped clip, into out/
	@$(MAKE) tool library
	@echo "avid: the demo runs"
	@$(RUN) scripts/demo.sh

demo-assets: all ## make the demo's clip and bundle again, by our own commands
	@$(RUN) scripts/demo-assets.sh

# The data sets' own terms keep them out of this repository.
PED2 ?= ../shared/data/ucsdped2
MNIST ?= ../shared/data/mnist
ped2: all ## learn UCSD Ped2 (PED2=folder) into build/models/ped2.avid and measure it
	@mkdir -p build/models
	@$(RUN_TOOL) $(TOOL) train --dataset ucsd --root "$(PED2)" --force --name "UCSD Ped2" -o build/models/ped2.avid
	@$(RUN_TOOL) $(TOOL) eval --dataset ucsd --root "$(PED2)" -m build/models/ped2.avid

irmnist: all ## learn IR-MNIST (MNIST=folder) into build/models/irmnist.avid and measure it
	@mkdir -p build/models
	@$(RUN_TOOL) $(TOOL) train --dataset irmnist --root "$(MNIST)" --force --name IR-MNIST -o build/models/irmnist.avid
	@$(RUN_TOOL) $(TOOL) eval --dataset irmnist --root "$(MNIST)" -m build/models/irmnist.avid

docs: plugin ## write docs/elements/ from what gst-inspect-1.0 says
	@for e in avidfilter avidonvif avidonvifpay avidpublish avidwebrtcsink; do \
		$(RUN) scripts/element-reference.sh $$e > docs/elements/$$e.md.part && \
		mv docs/elements/$$e.md.part docs/elements/$$e.md; done

generate: ## write the generated Go code again (needs protoc)
	@cd tools && $(GO) build -o ../build/bin/protoc-gen-go google.golang.org/protobuf/cmd/protoc-gen-go
	@PATH="$(CURDIR)/build/bin:$$PATH" $(GO) generate ./...

FUZZTIME ?= 10s
fuzz: ## run each fuzz target for FUZZTIME (10s)
	@$(RUN) scripts/fuzz.sh $(FUZZTIME)

install: all ## install under PREFIX (GStreamer's own by default), staged in DESTDIR
	@echo "avid: installing under $(PREFIX)"
	@DESTDIR="$(DESTDIR)" scripts/install.sh install "$(PREFIX)"

IMAGE ?= avid
image: ## build a container image for avid serve, with docker, podman or buildah (IMAGE=avid)
	@for builder in docker podman buildah; do ! $$builder info >/dev/null 2>&1 || break; builder=; done; \
	[ -n "$$builder" ] || { echo "avid: none of docker, podman and buildah is here and works: try docker info" >&2; exit 1; }; \
	echo "avid: building the image $(IMAGE) with $$builder (minutes)"; \
	$$builder build -t "$(IMAGE)" -f deploy/Dockerfile .

uninstall: ## remove what make install put under PREFIX
	@DESTDIR="$(DESTDIR)" scripts/install.sh uninstall "$(PREFIX)"

clean: ## remove build/ and out/
	@rm -rf build out
