# spreadscan: make demo, make test. Everything is installed into .venv; nothing outside this folder is touched.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help setup demo test lint format bench registration accuracy kinds protocols empty train train-landmarks \
	landmarks spread samples readme-picture gallery findings calibration clean

help:
	@echo "make demo      install into .venv, analyse dicom_samples/, say where the pictures are"
	@echo "make test      install into .venv and run all tests"
	@echo "make lint      ruff and mypy"
	@echo "make bench     speed and memory, against named peers"
	@echo "make registration   errors and times of registration on known motion, against named peers"
	@echo "make accuracy CASES=DIR   accuracy on a folder of simulated cases with truth;"
	@echo "               ARGS='--json FILE --against FILE' keeps the scores, compares with earlier ones"
	@echo "make kinds CASES=DIR   kinds of contrast, vascular flag and iodine on such cases; FIT=1 fits the flag"
	@echo "make protocols [CASES=DIR]  how the ready protocols are answered on simulated studies, made where missing"
	@echo "make empty     false contrast on simulated studies without contrast (KIND=spot, STUDIES=100)"
	@echo "make train     simulate pairs and runs, and train the networks for contrast on them (needs '.[train]';"
	@echo "               TRAIN_MINUTES=30 each, TRAIN_CASES=2500; CASES=\"DIR ...\" adds cases of another simulator)"
	@echo "make train-landmarks      simulate views of spines and train the network that finds landmarks on them"
	@echo "               (MINUTES=60 IMAGES=landmark-images; needs '.[train]')"
	@echo "make landmarks CASES=\"DIR ...\"   how well landmarks are found on folders of cases with truth"
	@echo "make spread    what the simulator makes of bones and injections, beside what is known"
	@echo "make samples   make dicom_samples/ again from its scenarios"
	@echo "make readme-picture       draw docs/overlay.jpg, the picture of the README, from a sample"
	@echo "make gallery   simulate 24 films at random and draw them on docs/gallery.jpg"
	@echo "make findings CASES=DIR   score cases and draw ten of them, failures included, on docs/findings.jpg"
	@echo "make calibration CASES=\"DIR ...\"   how well probabilities are calibrated: docs/calibration.md; FIT=1 fits"
	@echo "make clean     remove .venv and results of the demo"

setup: $(READY)

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name it with: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[test,lint]'
	$(BIN)/python -m compileall -q spreadscan
	@touch $(READY)

demo: $(READY)
	$(BIN)/spreadscan batch dicom_samples --output demo-results
	$(BIN)/spreadscan analyse dicom_samples/kimura_bilateral_l5_5ml \
		--landmarks dicom_samples/kimura_bilateral_l5_5ml/landmarks.json \
		--output demo-results/kimura_bilateral_l5_5ml
	@echo
	@echo "Open these in a browser or picture viewer:"
	@ls -d $(CURDIR)/demo-results/*/report.html $(CURDIR)/demo-results/*/overlay.png | sed 's/^/  /'
	@echo "All studies in one table: $(CURDIR)/demo-results/summary.csv"

test: $(READY)
	$(BIN)/python -m pytest

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY)
	$(BIN)/python -m benchmarks.speed.bench
	$(BIN)/python -m benchmarks.speed.start_up
	$(BIN)/python -m benchmarks.speed.cover_time
	$(BIN)/python -m benchmarks.speed.filter_times
	$(BIN)/python -m benchmarks.speed.simulation

registration: $(READY)
	$(BIN)/python -m benchmarks.speed.registration

accuracy: $(READY)
	@test -n "$(CASES)" || { echo "give a folder of cases: make accuracy CASES=DIR"; exit 2; }
	$(BIN)/python -m benchmarks.accuracy.run "$(CASES)" $(ARGS)

protocols: $(READY)
	$(BIN)/python -m benchmarks.accuracy.protocol_cases $(or $(CASES),protocol-cases)

STUDIES ?= 100

empty: $(READY)
	$(BIN)/python -m benchmarks.accuracy.empty --cases $(STUDIES) $(if $(KIND),--kind $(KIND))

KEPT ?= training-cases
TRAIN_MINUTES ?= 30
SAMPLES ?= 15000

train: $(READY)
	$(BIN)/python -m pip install --quiet --editable '.[train]'
	$(BIN)/python -m training.images "$(KEPT)/own" --cases $(or $(TRAIN_CASES),2500) --seed 3001
	$(if $(CASES),$(BIN)/python -m training.images "$(KEPT)/other" --from $(CASES))
	$(BIN)/python -m training.change.train "$(KEPT)/own" $(if $(CASES),"$(KEPT)/other") \
		--minutes $(TRAIN_MINUTES) --log change-training.log $(TRAIN_CHANGES)
	$(BIN)/python -m training.single_image.train "$(KEPT)/own" $(if $(CASES),"$(KEPT)/other") \
		--minutes $(TRAIN_MINUTES) --log single-image-training.log $(TRAIN_SINGLE)
	$(BIN)/python -m training.candidate.samples "$(KEPT)/own-candidates" "$(KEPT)/own" --samples $(SAMPLES)
	$(if $(CASES),$(BIN)/python -m training.candidate.samples "$(KEPT)/other-candidates" "$(KEPT)/other" \
		--samples $(SAMPLES))
	$(BIN)/python -m training.candidate.train "$(KEPT)/own-candidates" $(if $(CASES),"$(KEPT)/other-candidates") \
		--minutes $(TRAIN_MINUTES) --log candidate-training.log $(TRAIN_CANDIDATES)

IMAGES ?= landmark-images
MINUTES ?= 60

train-landmarks: $(READY)
	$(BIN)/python -m pip install --quiet --editable '.[train]'
	$(BIN)/python -m training.landmarks.images "$(IMAGES)" --cases 1300 --seed 1001
	$(BIN)/python -m training.landmarks.fit_shape "$(IMAGES)"
	$(BIN)/python -m training.landmarks.train "$(IMAGES)" --minutes $(MINUTES) --log landmark-training.log $(TRAIN)

landmarks: $(READY)
	@test -n "$(CASES)" || { echo 'give folders of cases: make landmarks CASES="DIR DIR"'; exit 2; }
	$(BIN)/python -m benchmarks.accuracy.landmark_accuracy $(CASES)

kinds: $(READY)
	@test -n "$(CASES)" || { echo "give folders of cases: make kinds CASES=DIR"; exit 2; }
	$(BIN)/python -m benchmarks.accuracy.kinds $(CASES) $(if $(FIT),--fit)

spread: $(READY)
	$(BIN)/python -m benchmarks.accuracy.spread

samples: $(READY)
	$(BIN)/python -m benchmarks.sheets.make_samples

SHOWN := dicom_samples/pair_right_l3_l4

readme-picture: $(READY)
	$(BIN)/spreadscan analyse $(SHOWN) --landmarks $(SHOWN)/landmarks.json --output readme-picture
	$(BIN)/python -c "from PIL import Image; \
		Image.open('readme-picture/overlay.png').convert('RGB').save('docs/overlay.jpg', quality=85, optimize=True)"
	rm -r readme-picture

gallery: $(READY)
	rm -rf gallery
	$(BIN)/spreadscan simulate --cases 24 --seed 11 -o gallery
	$(BIN)/python -m benchmarks.sheets.gallery gallery docs/gallery.jpg

findings: $(READY)
	@test -n "$(CASES)" || { echo "give a folder of cases: make findings CASES=DIR"; exit 2; }
	$(BIN)/python -m benchmarks.accuracy.run "$(CASES)" --json "$(CASES)/accuracy.json"
	$(BIN)/python -m benchmarks.sheets.findings "$(CASES)" "$(CASES)/accuracy.json" docs/findings.jpg

calibration: $(READY)
	@test -n "$(CASES)" || { echo 'give folders of cases: make calibration CASES="DIR DIR"'; exit 2; }
	$(BIN)/python -m benchmarks.accuracy.calibration $(CASES) \
		$(if $(FIT),--fit,--page docs/calibration.md --picture docs/calibration.png)

clean:
	rm -rf $(VENV) demo-results gallery protocol-cases
