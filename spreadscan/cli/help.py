r"""What stands under the help of each subcommand: examples, and what its exit status says.

After ``\b`` click leaves the lines of a paragraph as they are.
"""

ANALYSE = (
    "\b\nExamples:\n"
    "  spreadscan analyse RUN.dcm --landmarks landmarks.json -o result\n"
    "  spreadscan analyse STUDY/ --baseline scout.dcm --patient-left image-left\n"
    "  spreadscan analyse SPOT.dcm --mm-per-px 0.21\n"
    "  spreadscan analyse STUDY/ --landmarks landmarks.json --protocol kimura-2020 --fail-on not-met\n"
    "  spreadscan analyse STUDY/ --outline imagej -o result\n"
    "  spreadscan analyse STUDY/ --mask result/outline_imagej.zip -o corrected\n\n"
    "Exit status: 0 analysed, 1 analysed and the protocol has an answer of --fail-on, 2 wrong usage, 3 the"
    " input cannot be analysed."
)

BATCH = (
    "\b\nExamples:\n"
    "  spreadscan batch STUDIES/ -o results\n"
    "  spreadscan batch studies.csv -o results --jobs 4\n\n"
    "Each subfolder of a folder is one study, and so is each DICOM file beside them. A list is a CSV with the"
    " column input and, if wanted, name, baseline, landmarks, mask, loop, frame, mm_per_px, slicer_mm_per_px,"
    " patient_left, injected and transitional; its paths are relative to it.\n\n"
    "Exit status: 0 the batch ran to its end (failures.csv names the studies without a result), 2 wrong"
    " usage, 3 there is nothing to analyse or nowhere to write."
)

COMPARE = (
    "\b\nExamples:\n"
    "  spreadscan compare before-result after-result -o change\n"
    "  spreadscan compare result --left-right\n"
    "  spreadscan compare reader-1 reader-2 --what operators -o agreement\n\n"
    "A and B are result folders of 'spreadscan analyse', or their report.json. Differences are B less A,"
    " right less left. What the intervals rest on stands in docs/compare.md.\n\n"
    "Exit status: 0 compared, 2 wrong usage, 3 the reports cannot be compared."
)

INFO = "\b\nExample:\n  spreadscan info RUN.dcm"

LANDMARKS = (
    "\b\nExamples:\n"
    "  spreadscan landmarks SPOT.dcm --as json\n"
    "  spreadscan landmarks SPOT.dcm --landmarks two_points.csv --complete --as imagej\n"
    "  spreadscan landmarks SPOT.dcm --landmarks RoiSet.zip\n"
    "  spreadscan landmarks RUN.dcm --landmarks points.csv --frame 12 --as json -o marked\n"
    "  spreadscan landmarks STUDY/ --landmarks landmarks.json --as sr --as gsps -o marked\n"
    "  spreadscan landmarks SPOT.dcm --landmarks F.mrk.json --slicer-mm-per-px 1 --as imagej\n\n"
    "landmarks.png is always written; look at it before reading any number. What each format holds and how to"
    " make it stands in docs/landmarks.md. DICOM objects (sr, gsps) repeat whose the image is.\n\n"
    "Exit status: 0 understood, 2 wrong usage, 3 the image or the landmarks cannot be used."
)

PROTOCOLS = (
    "\b\nExamples:\n"
    "  spreadscan protocols\n"
    "  spreadscan protocols kimura-2020 > mine.toml\n\n"
    "docs/protocols.md says how to write one."
)

SETTINGS = (
    "\b\nExamples:\n"
    "  spreadscan settings > mine.toml\n"
    "  spreadscan settings --settings mine.toml\n\n"
    "What it prints is a file for --settings, which may leave out what stays as it is; values that differ"
    " from their defaults are marked. docs/settings.md shows all settings.\n\n"
    "Exit status: 0 printed, 2 wrong usage, 3 the file holds something that cannot be a setting."
)

SIMULATE = (
    "\b\nExamples:\n"
    "  spreadscan simulate kimura-bilateral-l5-5ml -o kimura\n"
    "  spreadscan simulate --cases 40 --seed 7 -o cases\n"
    "  spreadscan simulate my-scenario.toml --cases 10 -o mine\n"
    "  spreadscan simulate --draw training --fast --cases 1000 -o training\n\n"
    "Each case becomes a folder DIR/001, DIR/002 … with its DICOM files, truth.json, truth.npz and"
    " landmarks.json. The same scenario, number and seed make the same files, byte for byte. Cases that are"
    " there already are not made again.\n\n"
    "Exit status: 0 all made, 2 wrong usage, 3 a scenario or anatomy that cannot be used."
)
