"""The door for protocols: TOML, read strictly; those that come with the package by name."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Any

from spreadscan.anatomy import ASSESSED_LEVELS, LEVELS, REGIONS
from spreadscan.judgement.rules import MET_FROM, NOT_MET_TO, QUALITIES
from spreadscan.read.complaint import Complaint, refusal
from spreadscan.read.opening import first_bytes
from spreadscan.values import Criterion, Protocol, Site

LARGEST_BYTES = 2**16
"""A protocol is a page of text; a larger file is something else."""
MOST_CRITERIA = 20
SCHEMA, SCHEMA_VERSION = "spreadscan.protocol", 1
SIDES = ("left", "right")
KEYS = ("schema", "schema_version", "name", "title", "source", "injected", "met_from", "not_met_to", "notes")
TABLES = ("quality", "criteria")
CRITERION_KEYS = ("name", "at", "levels", "sides", "regions", "need", "expect", "required")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_SITE = re.compile(r"(L3|L4|L5|S1)[ -](left|right)")
_SHIPPED = files("spreadscan") / "protocols"


class _Door:
    """A table that is looked through; it keeps what is wrong with it."""

    def __init__(self, table: Mapping[str, Any], place: str, complaints: list[Complaint]) -> None:
        self.table, self.place, self.complaints = table, place, complaints

    def wrong(self, key: str, problem: str) -> None:
        """Note what is wrong with a key."""
        field = f"{self.place}.{key}".strip(".")
        self.complaints.append(Complaint("protocol-unreadable", problem, field=field))

    def known(self, keys: tuple[str, ...]) -> None:
        """Note every key that is none of these."""
        for key in self.table:
            if key not in keys:
                close = get_close_matches(key, keys, n=1)
                self.wrong(key[:40], f"is unknown{f'; did you mean {close[0]}?' if close else ''}")

    def text(self, key: str, default: str | None = None, longest: int = 300) -> str:
        """Return a text of one line."""
        item = self.table.get(key, default)
        if not isinstance(item, str) or not item.strip() or len(item) > longest or not item.isprintable():
            self.wrong(key, f"must be a text of one line of at most {longest} characters")
            return ""
        return item.strip()

    def choice(self, key: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        """Return one of the allowed words."""
        item = self.table.get(key, default)
        if item not in allowed:
            self.wrong(key, f"must be one of: {', '.join(allowed)}")
            return allowed[0]
        return str(item)

    def list(self, key: str, allowed: tuple[str, ...] | None, least: int = 0) -> tuple[str, ...]:
        """Return a list of texts, each once; of the allowed ones, where there are any."""
        items = self.table.get(key, [])
        if not isinstance(items, list) or not all(isinstance(i, str) and i.isprintable() for i in items):
            self.wrong(key, "must be a list of texts of one line")
            return ()
        for item in items:
            if allowed is not None and item not in allowed:
                self.wrong(key, f"holds '{item[:40]}', which is none of: {', '.join(allowed)}")
        if len(set(items)) < len(items):
            self.wrong(key, "names something twice")
        if len(items) < least:
            self.wrong(key, "is missing or empty")
        return tuple(items)

    def share(self, key: str, default: float) -> float:
        """Return a number from 0 to 1."""
        item = self.table.get(key, default)
        if isinstance(item, bool) or not isinstance(item, (int, float)) or not 0 <= item <= 1:
            self.wrong(key, "must be a number from 0 to 1")
            return default
        return float(item)

    def whether(self, key: str, default: bool) -> bool:
        """Return true or false."""
        item = self.table.get(key, default)
        if not isinstance(item, bool):
            self.wrong(key, "must be true or false")
        return bool(item)


def shipped_protocols() -> tuple[str, ...]:
    """Return the names of the protocols that come with the package."""
    names = (item.name for item in _SHIPPED.iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def read_protocol(name_or_file: str | Path, injected: tuple[Site, ...] = ()) -> Protocol:
    """Return a protocol of the package by its name, or one from a TOML file.

    Args:
        name_or_file: a name of ``shipped_protocols``, or a path.
        injected: junctions that take the place of the protocol's, where there are any.

    Raises:
        CannotRead: ``input-missing``; ``protocol-unreadable`` when there is no such protocol or file, or when
            it does not hold what ``protocol_from_toml`` takes.
    """
    name = str(name_or_file)
    if name in shipped_protocols():
        protocol = protocol_from_toml((_SHIPPED / f"{name}.toml").read_text(encoding="utf-8"), name)
    else:
        protocol = protocol_from_toml(_text(Path(name_or_file)), Path(name_or_file).name)
    return replace(protocol, injected=injected) if injected else protocol


def protocol_source(name_or_file: str) -> str:
    """Return the text of a protocol, checked.

    Raises:
        CannotRead: as ``read_protocol``.
    """
    read_protocol(name_or_file)
    if name_or_file in shipped_protocols():
        return (_SHIPPED / f"{name_or_file}.toml").read_text(encoding="utf-8")
    return _text(Path(name_or_file))


def _text(path: Path) -> str:
    name = str(path)
    try:
        if not path.exists():
            close = get_close_matches(name, shipped_protocols(), n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise Complaint("protocol-unreadable", f"is neither a protocol of the package nor a file{hint}")
        content = first_bytes(path, LARGEST_BYTES + 1)
        if len(content) > LARGEST_BYTES:
            raise Complaint("protocol-unreadable", f"is larger than {LARGEST_BYTES // 2**10} KiB")
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refusal([Complaint("protocol-unreadable", "is not a text in UTF-8")], path.name) from error
    except Complaint as complaint:
        raise refusal([complaint], path.name) from complaint


def protocol_from_toml(text: str, name: str = "protocol") -> Protocol:
    """Return the protocol that a TOML text describes; ``docs/protocols.md`` lists what it may hold.

    Args:
        text: keys of the protocol, a table ``[quality]`` and one or more ``[[criteria]]``.
        name: of the file, for messages.

    Raises:
        CannotRead: ``protocol-unreadable``; every unknown key and every value that cannot be used is named.
    """
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        problem = f"is not TOML ({error})"
        raise refusal([Complaint("protocol-unreadable", problem)], name) from error
    complaints: list[Complaint] = []
    protocol = _protocol(_Door(table, "", complaints))
    if complaints:
        raise refusal(complaints, name)
    return protocol


def site_of(text: str) -> Site | None:
    """Return the junction that ``L5 left`` or ``L5-left`` names, by bone; ``None`` where it names none."""
    found = _SITE.fullmatch(text.strip())
    return None if found is None else (found[1], found[2])  # type: ignore[return-value]


def sites_of(names: Iterable[str]) -> tuple[Site, ...] | None:
    """Return the junctions that names stand for; ``None`` where one stands for none, or two for the same."""
    sites = [site_of(name) for name in names]
    known = tuple(dict.fromkeys(site for site in sites if site is not None))
    return None if len(known) < len(sites) else known


def _protocol(door: _Door) -> Protocol:
    door.known((*KEYS, *TABLES))
    if door.table.get("schema") != SCHEMA or door.table.get("schema_version") != SCHEMA_VERSION:
        door.wrong("schema", f'must be "{SCHEMA}", with schema_version = {SCHEMA_VERSION}')
    name = door.text("name")
    if name and not _NAME.fullmatch(name):
        door.wrong("name", "must be of small letters, digits and hyphens")
    met_from, not_met_to = door.share("met_from", MET_FROM), door.share("not_met_to", NOT_MET_TO)
    if not_met_to >= met_from:
        door.wrong("not_met_to", "must be below met_from")
    required, reported = _quality(door)
    return Protocol(
        name=name,
        title=door.text("title"),
        source=door.text("source"),
        injected=_injected(door),
        met_from=met_from,
        not_met_to=not_met_to,
        criteria=_criteria(door),
        quality_required=required,
        quality_reported=reported,
        notes=door.list("notes", None),
    )


def _injected(door: _Door) -> tuple[Site, ...]:
    sites = [(text, site_of(text)) for text in door.list("injected", None)]
    for text, site in sites:
        if site is None:
            door.wrong("injected", f"holds '{text[:40]}'; write a bone and a side, such as L5 left")
    return tuple(site for _, site in sites if site is not None)


def _quality(door: _Door) -> tuple[tuple[str, ...], tuple[str, ...]]:
    table = door.table.get("quality", {})
    if not isinstance(table, dict):
        door.wrong("quality", "must be a table")
        return (), ()
    inner = _Door(table, "quality", door.complaints)
    inner.known(("required", "reported"))
    required, reported = inner.list("required", QUALITIES), inner.list("reported", QUALITIES)
    if set(required) & set(reported):
        inner.wrong("reported", "names what is required already")
    return required, reported


def _criteria(door: _Door) -> tuple[Criterion, ...]:
    tables = door.table.get("criteria")
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        door.wrong("criteria", "is missing; write [[criteria]] once for each")
        return ()
    if len(tables) > MOST_CRITERIA:
        door.wrong("criteria", f"are more than {MOST_CRITERIA}")
        return ()
    found = tuple(
        _criterion(_Door(table, f"criteria[{number}]", door.complaints))
        for number, table in enumerate(tables, 1)
    )
    if not any(criterion.required for criterion in found):
        door.wrong("criteria", "hold none that is required")
    return found


def _criterion(door: _Door) -> Criterion:
    door.known(CRITERION_KEYS)
    at = door.choice("at", ("listed", "injected", "other"), "listed")
    levels = door.list("levels", (*ASSESSED_LEVELS, LEVELS[-1]), least=int(at == "listed"))
    sides = door.list("sides", SIDES)
    if at != "listed" and (levels or sides):
        door.wrong("levels" if levels else "sides", f"has no meaning where at is {at}")
    regions = door.list("regions", (*REGIONS, "ramus"), least=1)
    if ("ramus" in regions) != (LEVELS[-1] in levels) or (
        "ramus" in regions and len({*regions, *levels}) != 2
    ):
        door.wrong("regions", "must be ramus at S1, and only there: it has no other region")
    return Criterion(
        name=door.text("name"),
        at=at,  # type: ignore[arg-type]
        levels=levels,  # type: ignore[arg-type]
        sides=sides,  # type: ignore[arg-type]
        regions=regions,  # type: ignore[arg-type]
        need=door.choice("need", ("any", "all"), "any"),  # type: ignore[arg-type]
        expect=door.choice("expect", ("reached", "spared"), "reached"),  # type: ignore[arg-type]
        required=door.whether("required", True),
    )
