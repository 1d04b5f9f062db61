"""Make docs/settings.md from the settings.

python -m benchmarks.sheets.settings_page > docs/settings.md
"""

from itertools import groupby

from spreadscan.settings import Entry, Settings, title_of

_HEAD = """# Settings

`spreadscan settings` prints every setting, with its unit and where its default comes from, as TOML;
`--settings FILE` of `analyse` and `batch` takes such a file back, and it may leave out what stays as it is:

```
spreadscan settings > mine.toml
spreadscan analyse RUN.dcm --settings mine.toml
spreadscan settings --settings mine.toml
```

The last prints the settings in force and marks those that were changed. A report names its settings by a
fingerprint. What reports say of a limit is the value that was used. What a value may be is checked when the
file is read ([`settings-unreadable`](messages.md#settings-unreadable)).

**What is a setting, and what is not.** What a reader of results may want to change is a setting: limits of
what counts, widths of filters, how far something may be off, how much work is done. What defines the method
(the borders of the verdicts, the anatomy, formulas), or fits a network or model that was trained with it, is
a constant in the code, with its reason beside it: with another value it would be another method.

*Share*, *probability* and *ratio* are pure numbers. *ln* is a natural logarithm of intensity. *SD* is a
standard deviation. Made by `python -m benchmarks.sheets.settings_page`.
"""


def settings_page() -> str:
    """Return the page in Markdown: all settings with their defaults, a table for each stage."""
    parts = [_HEAD]
    for stage, entries in groupby(Settings().entries(), key=lambda one: one.stage):
        head = [
            "| setting | default | unit | range | what it does | default from |",
            "|---|---|---|---|---|---|",
        ]
        parts.append("\n".join([f"## `{stage}`\n", f"{title_of(stage)}\n", *head, *map(_row, entries), ""]))
    return "\n".join(parts)


def _row(one: Entry) -> str:
    about = one.explained
    return (
        f"| `{one.name}` | {one.default:g} | {about.unit} | {about.allowed} | {about.does} | {about.origin} |"
    )


if __name__ == "__main__":
    print(settings_page(), end="")
