"""Which image is which: by the user, by names, by order, and when that cannot be told."""

from pathlib import Path

import pytest

from spreadscan.errors import CannotMeasure
from spreadscan.stages.assign import assign
from tests.images import header


def study(*images):
    """Return headers from words: a name, then any of pre, post, run, small, unordered, other (patient)."""
    headers = []
    for place, image in enumerate(images):
        name, *words = image.split()
        hints = {"pre": "baseline", "post": "contrast"}
        size = 48 if "small" in words else 96
        headers.append(
            header(
                path=Path(f"study/{name}.dcm"),
                sha256=name,
                frames=12 if "run" in words else 1,
                rows=size,
                columns=size,
                order=None if "unordered" in words else ("", place + 1),
                role_hint=next((hints[word] for word in words if word in hints), None),
                patient_key="other" if "other" in words else "" if "nameless" in words else "patient",
            )
        )
    return tuple(headers)


def told(roles):
    baseline = None if roles.baseline is None else roles.baseline.path.stem
    return roles.contrast.path.stem, baseline, roles.unused, roles.flags


ASSUMED, UNUSED = ("roles-assumed",), ("images-unused",)


@pytest.mark.parametrize(
    ("images", "contrast", "baseline", "unused", "flags"),
    [
        # a single image, whatever it is called
        (["a"], "a", None, 0, ()),
        (["a run"], "a", None, 0, ()),
        (["a pre"], "a", None, 0, ()),
        # names
        (["a pre", "b post"], "b", "a", 0, ()),
        (["a post", "b pre"], "a", "b", 0, ()),
        (["a pre unordered", "b post unordered"], "b", "a", 0, ()),
        (["a pre", "b"], "b", "a", 0, ()),
        (["a", "b post"], "b", "a", 0, ()),
        (["a pre", "b pre", "c post"], "c", "b", 1, UNUSED),
        (["a pre", "b post", "c post"], "c", "a", 1, UNUSED),
        (["a pre", "b post", "c"], "b", "a", 1, UNUSED),
        (["a pre small", "b post"], "b", None, 1, UNUSED),
        (["a pre", "b pre"], "b", "a", 0, ()),
        # order
        (["a", "b"], "b", "a", 0, ASSUMED),
        (["a", "b", "c"], "c", "a", 1, (*ASSUMED, *UNUSED)),
        (["a", "b run"], "b", "a", 0, ASSUMED),
        (["a run", "b"], "a", None, 1, (*ASSUMED, *UNUSED)),
        (["a run", "b run"], "b", None, 1, (*ASSUMED, *UNUSED)),
        (["a", "b run", "c"], "b", "a", 1, (*ASSUMED, *UNUSED)),
        (["a small", "b"], "b", None, 1, (*ASSUMED, *UNUSED)),
        (["a small", "b", "c"], "c", "b", 1, (*ASSUMED, *UNUSED)),
        # what is called contrast is no baseline, even where it comes first
        (["a post", "b run"], "a", None, 1, UNUSED),
    ],
)
def test_roles(images, contrast, baseline, unused, flags):
    assert told(assign(study(*images), None)) == (contrast, baseline, unused, flags)


@pytest.mark.parametrize(
    ("images", "reason"),
    [
        (["a"], "the only image"),
        (["a pre", "b post"], "the names of the series"),
        (["a pre", "b"], "the names of the series"),
        (["a", "b"], "the order of acquisition"),
    ],
)
def test_how_it_was_told(images, reason):
    assert assign(study(*images), None).reason == reason


@pytest.mark.parametrize(
    "images",
    [
        ["a unordered", "b unordered"],
        ["a unordered", "b unordered", "c unordered"],
        ["a run unordered", "b run unordered"],
        # one name tells the baseline, but not which of the two others is the contrast
        ["a unordered pre", "b unordered", "c unordered"],
        ["a unordered post", "b unordered post"],
        ["a unordered pre", "b unordered pre", "c unordered post"],
        # nor does one name for the contrast tell which of the two others came before it
        ["a unordered", "b unordered post", "c unordered"],
    ],
)
def test_images_without_names_and_order_are_not_guessed_at(images):
    with pytest.raises(CannotMeasure, match=r"study: SeriesDescription .*\[input-ambiguous\]") as refused:
        assign(study(*images), None)
    assert refused.value.slug == "input-ambiguous"


@pytest.mark.parametrize("pair", [("a pre", "b"), ("b", "a pre"), ("a", "b post"), ("b post", "a")])
def test_one_name_tells_the_roles_of_two_unordered_images_whatever_their_file_names(pair):
    images = study(*(f"{image} unordered" for image in pair))
    assert told(assign(images, None)) == ("b", "a", 0, ())


# a baseline that the user names


@pytest.mark.parametrize(
    ("images", "given", "contrast", "unused"),
    [
        (["a"], "b", "a", 0),
        (["a", "b"], "b", "a", 0),
        (["a", "b"], "a", "b", 0),
        (["a", "b", "c"], "b", "c", 1),
        (["a run", "b"], "c", "a", 1),
        (["a post", "b"], "c", "a", 1),
        # the user knows better than the names
        (["a pre", "b post"], "b", "a", 0),
        # an image that says no patient may belong to any
        (["a nameless"], "b", "a", 0),
        (["a"], "b nameless", "a", 0),
    ],
)
def test_a_baseline_that_the_user_names(images, given, contrast, unused):
    (baseline,) = study(given)
    roles = assign(study(*images), baseline)
    assert told(roles) == (contrast, given.split()[0], unused, UNUSED if unused else ())
    assert roles.reason == "the baseline that the user named"


@pytest.mark.parametrize(
    ("images", "given", "slug", "words"),
    [
        (["a"], "a", "baseline-mismatch", "a.dcm: --baseline: is the image to be analysed itself"),
        (["a"], "b small", "baseline-mismatch", "b.dcm: --baseline: is 48 × 48 pixels, .* 96 × 96"),
        (["a"], "b other", "two-patients", "b.dcm: PatientID .*: names another patient"),
        (["a", "b other"], "a", "two-patients", "a.dcm: .*names another patient"),
        # patients come first: another patient's image is not called a wrong size
        (["a"], "b other small", "two-patients", "another patient"),
        # which of the others is the contrast cannot be told
        (["a unordered", "b unordered"], "c", "input-ambiguous", "2 images"),
        (["a unordered", "b unordered", "c unordered"], "c", "input-ambiguous", "2 images"),
    ],
)
def test_a_baseline_that_cannot_serve(images, given, slug, words):
    (baseline,) = study(given)
    with pytest.raises(CannotMeasure, match=words) as refused:
        assign(study(*images), baseline)
    assert refused.value.slug == slug


def test_the_same_file_under_another_name_is_the_same_image():
    image, copy = header(sha256="one"), header(sha256="one", path=Path("elsewhere/copy.dcm"))
    with pytest.raises(CannotMeasure, match="baseline-mismatch"):
        assign((image,), copy)
