"""What each verdict means, with the limits in force."""

from collections.abc import Mapping
from types import MappingProxyType

from spreadscan.judgement.rules import INDETERMINATE_FROM, PROBABLE_FROM, SHOWN_FROM
from spreadscan.values import Verdict

VERDICT_IN_WORDS: Mapping[Verdict, str] = MappingProxyType(
    {
        "shown": f"probability at least {SHOWN_FROM:g}",
        "probable": f"{PROBABLE_FROM:g} to {SHOWN_FROM:g}, or more where a rule forbids to say shown",
        "indeterminate": f"{INDETERMINATE_FROM:g} to {PROBABLE_FROM:g}",
        "not shown": f"below {INDETERMINATE_FROM:g}",
        "not assessed": "could not be measured, for the reason given",
    }
)
