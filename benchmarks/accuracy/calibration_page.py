"""Figures of calibration, as a page in Markdown and as a reliability diagram."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

BINS = 10
"""Of equal width, over the probability."""
PARTLY = (0.01, 0.99)
"""A region is partly covered if its true fraction lies between these."""
METHODS = {False: "baseline", True: "single image"}
ROUNDING = 0.01
"""An interval holds a true fraction this near to its ends: fractions are counted at 128 points."""

SETS = {
    "own": "`spreadscan simulate --cases 40 --seed 515`; the settings with a baseline were fitted to these",
    "degenerated": "`spreadscan simulate --draw degenerated --cases 40 --seed 616`: degenerated spines",
    "other": "43 cases of another simulator, which writes the same files",
    "singles": "the 40 single images of `spreadscan simulate --cases 142 --seed 3818`",
    "singles-degenerated": "the 32 single images of `spreadscan simulate --draw degenerated --cases 78 --seed"
    " 4616`",
}
"""What sets of cases are, by the names of their folders."""
CHOSEN_ON = """The settings of single images were chosen on none of these but on 105 others, those of
`spreadscan simulate` with seeds 3616 and 3717 (`--draw degenerated`) and 3515; the limit of their second
network on 300 images of its seed 5005 (`--draw changes`) and of the other simulator."""
HEAD = """# Calibration of the coverage

Is a branch that gets a probability of 0.8 reached in 8 of 10 cases? On the diagonal it is. The larger a
dot, the more regions. The figures are of simulated cases, whose truth is known, and of no patient.

![Reliability diagrams](calibration.png)

Written by `make calibration CASES="{cases}"`. Cases:

{sets}

{chosen}

Each case is analysed without its truth, with junctions marked at the true place plus an error. The program
always assumes the same error: normal, 1 reference millimetre each way. Errors of the marks:

{errors}

| word | meaning |
|---|---|
| agreement | share of the regions in which the probability is at least 0.5 exactly where the branch was \
exposed |
| Brier | mean of (probability - exposed)² |
| ECE | expected calibration error: mean over {bins} bins of equal width of \
\\|mean probability - share exposed\\|, weighted by the regions in each |
| held | share of the true fractions within the 90 % interval, to 0.01. A region without contrast in it or \
near it has the interval 0 to 0, which holds its true fraction of 0: a perfect instrument holds more than \
90 % |
| partly | the same, of regions of which 1 to 99 % are covered in truth |
| varied | Brier score of the probability over the variation of courses between people \
(`varied_probability`) |
| truth | exposure of the nominal course at the true junctions |
"""


@dataclass(frozen=True)
class Answer:
    """What was said of a region, and its truth.

    Attributes:
        cases: name of the set of cases.
        single_image: whether there was no baseline.
        error: how the junctions were marked wrongly.
        probability, varied: that it was exposed; that it was in a person taken at random.
        fractions: ends of the 90 % interval of the fraction.
        true_fraction, exposed: the truth.
    """

    cases: str
    single_image: bool
    error: str
    probability: float
    varied: float
    fractions: tuple[float, float]
    true_fraction: float
    exposed: bool


@dataclass(frozen=True)
class Figures:
    """Figures of some answers; ``partly`` is ``None`` without a region that is partly covered."""

    regions: int
    exposed: float
    agreement: float
    brier: float
    calibration_error: float
    log_score: float
    held: float
    partly: float | None
    varied_brier: float


def figures_of(answers: Sequence[Answer]) -> Figures:
    """Return the figures of at least one answer."""
    said, true = (np.array([getattr(a, name) for a in answers], float) for name in ("probability", "exposed"))
    varied = np.array([a.varied for a in answers])
    low, high = np.array([a.fractions for a in answers]).T
    fraction = np.array([a.true_fraction for a in answers])
    held = (fraction >= low - ROUNDING) & (fraction <= high + ROUNDING)
    partly = (fraction > PARTLY[0]) & (fraction < PARTLY[1])
    missed_by = [abs(mean - share) * count for mean, share, count in reliability(answers)]
    right = np.clip(np.where(true > 0, said, 1 - said), 1e-4, 1)
    return Figures(
        regions=len(answers),
        exposed=float(true.mean()),
        agreement=float(((said >= 0.5) == (true > 0)).mean()),
        brier=float(np.mean((said - true) ** 2)),
        calibration_error=float(sum(missed_by) / len(answers)),
        log_score=float(-np.log(right).mean()),
        held=float(held.mean()),
        partly=float(held[partly].mean()) if partly.any() else None,
        varied_brier=float(np.mean((varied - true) ** 2)),
    )


def reliability(answers: Sequence[Answer]) -> list[tuple[float, float, int]]:
    """Return the mean probability, the share exposed and the number of answers of every bin that has any."""
    said, true = (np.array([getattr(a, name) for a in answers], float) for name in ("probability", "exposed"))
    bins = np.clip((said * BINS).astype(int), 0, BINS - 1)
    there = [bins == number for number in range(BINS) if (bins == number).any()]
    return [(float(said[one].mean()), float(true[one].mean()), int(one.sum())) for one in there]


def page(answers: Sequence[Answer], errors: Mapping[str, str], cases: Sequence[str]) -> str:
    """Return the page: what was done, then a table for every error of the marks."""
    told = "\n".join(f"- *{name}*: {what}" for name, what in errors.items())
    text = HEAD.format(
        cases=" ".join(cases),
        sets="\n".join(f"- *{name}*: {SETS.get(name, name)}" for name in cases),
        chosen=CHOSEN_ON,
        errors=told,
        bins=BINS,
    )
    for error in errors:
        rows = [a for a in answers if a.error == error]
        text += f"\n## Marks: {error}\n\n{errors[error][0].upper() + errors[error][1:]}.\n\n"
        text += _table(rows, cases)
    return text


def _table(answers: Sequence[Answer], cases: Sequence[str]) -> str:
    lines = [
        "| cases | method | regions | exposed | agreement | Brier | ECE | held | partly | varied |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name in cases:
        for single, method in METHODS.items():
            some = [a for a in answers if a.cases == name and a.single_image == single]
            if some:
                lines.append(_line(name, method, figures_of(some)))
    for single, method in METHODS.items():
        some = [a for a in answers if a.single_image == single]
        if some:
            lines.append(_line("all", method, figures_of(some)))
    lines.append(_line("**all**", "**both**", figures_of(answers)))
    return "\n".join(lines) + "\n"


def _line(cases: str, method: str, f: Figures) -> str:
    partly = "" if f.partly is None else f"{f.partly:.3f}"
    return (
        f"| {cases} | {method} | {f.regions} | {f.exposed:.2f} | {f.agreement:.3f} | {f.brier:.3f} "
        f"| {f.calibration_error:.3f} | {f.held:.3f} | {partly} | {f.varied_brier:.3f} |"
    )


def draw(answers: Sequence[Answer], errors: Mapping[str, str], file: Path) -> None:
    """Draw a reliability diagram for each method, one line for every error of the marks."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 5.8), layout="constrained")
    colours = dict(zip(errors, ("#1b6ca8", "#2a9d5c", "#d1495b", "#8a5fbf"), strict=False))
    for axes, single in zip(figure.subplots(1, 2, sharey=True), METHODS, strict=True):
        axes.plot([0, 1], [0, 1], color="#999999", linewidth=1, linestyle="--")
        for error, colour in colours.items():
            some = [a for a in answers if a.error == error and a.single_image == single]
            if not some:
                continue
            points = reliability(some)
            said, true, count = (list(column) for column in zip(*points, strict=True))
            sizes = [8 + 160 * number / len(some) for number in count]
            label = f"{error}: ECE {figures_of(some).calibration_error:.3f}"
            axes.plot(said, true, color=colour, linewidth=1.2, label=label)
            axes.scatter(said, true, s=sizes, color=colour, alpha=0.7, linewidth=0)
        axes.set_title("With a baseline" if not single else "Single image")
        axes.set_xlabel("probability that was given")
        axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), aspect="equal")
        axes.legend(title="error of the marks", frameon=False, loc="upper left", fontsize=9)
    figure.axes[0].set_ylabel("share of regions that were exposed")
    figure.savefig(file, dpi=110)
