"""Print the rules as the table of docs/verdicts.md.

python -m benchmarks.sheets.rule_table
"""

from spreadscan.judgement.rules import RULES, Rule
from spreadscan.settings import Settings

TITLES = {
    "count": "How statements are counted",
    "word": "How probabilities are worded",
    "not assessed": "What cannot be assessed",
    "at most probable": "What keeps a statement from being shown",
    "merge": "What merges",
    "lift": "What a person settles",
    "caveat": "What a reader is told beside",
    "quality": "Image quality",
    "answer": "How a protocol is answered",
}


def rule_table() -> str:
    """Return the rules by default settings in Markdown, one table for each effect, as ``RULES`` has them."""
    parts = []
    for effect, title in TITLES.items():
        rows = [_row(rule) for rule in RULES if rule.effect == effect]
        head = ["| rule | when | what | source |", "|---|---|---|---|"]
        parts.append("\n".join([f"### {title}", "", *head, *rows]))
    return "\n\n".join(parts) + "\n"


def _row(rule: Rule) -> str:
    when = " or ".join(" and ".join(_name(name) for name in group) for group in rule.when)
    if rule.number is not None:
        when = f"{when} {rule.number:g}".strip()
    says = rule.said(Settings())
    says = f"*{rule.state}*: {says}" if rule.effect == "quality" else says
    return f"| {rule.name} | {when or '–'} | {says} | {rule.source} |"


def _name(name: str) -> str:
    """A code of a flag in the type of codes, a fact as it is."""
    return f"`{name}`" if "-" in name and " " not in name else name


if __name__ == "__main__":
    print(rule_table(), end="")
