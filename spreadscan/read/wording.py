"""What the words of a header call an image: baseline or contrast."""

import re
from collections.abc import Iterator

from spreadscan.read.attributes import Attributes
from spreadscan.values import Role

_BASELINE = frozenset(
    (
        "pre",
        "scout",
        "mask",
        "native",
        "nativ",
        "baseline",
        "plain",
        "unenhanced",
        "precontrast",
        "noncontrast",
    )
)
_CONTRAST = frozenset(("post", "contrast", "postcontrast", "opacified", "enhanced"))
_BEFORE = frozenset(("pre", "before", "without", "no", "non"))
_AFTER = frozenset(("post", "after", "with"))
_AGENT = frozenset(("contrast", "injection", "injected", "dye", "medium", "agent"))
_ELSEWHERE = frozenset(("op", "operative", "operation", "surgery", "surgical", "anterior", "posterior"))
"""After "pre" or "post" these speak of something other than the contrast."""


def role_hint(attributes: Attributes) -> Role | None:
    """Return what the image or its series is called; ``None`` when it is not said, or not clearly.

    Image Comments and Series Description count together, and only where they do not disagree; Protocol Name,
    which often names the procedure rather than the image, counts where neither says anything.
    """
    for keywords in (("ImageComments", "SeriesDescription"), ("ProtocolName",)):
        said = {role for keyword in keywords for role in _roles_in(attributes.text(keyword))}
        if said:
            return said.pop() if len(said) == 1 else None
    return None


def _roles_in(text: str) -> Iterator[Role]:
    words = re.findall(r"[a-z]+", text.lower())
    index = 0
    while index < len(words):
        word, following = words[index], words[index + 1] if index + 1 < len(words) else ""
        paired = following in _AGENT and word in _BEFORE | _AFTER
        if paired:
            yield "baseline" if word in _BEFORE else "contrast"
        elif word in ("pre", "post") and following in _ELSEWHERE:
            paired = True
        elif word in _BASELINE:
            yield "baseline"
        elif word in _CONTRAST:
            yield "contrast"
        index += 2 if paired else 1
