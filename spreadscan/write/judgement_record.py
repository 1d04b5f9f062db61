"""Statements and the protocol's outcome as plain data, as report.json holds them."""

from typing import Any

from spreadscan.values import CriterionFinding, ProtocolOutcome, Statement
from spreadscan.write.words.rounding import cut, decimals


def statement_record(statement: Statement) -> dict[str, Any]:
    """Return a statement as report.json holds it."""
    return {
        "about": statement.about,
        "level": statement.level,
        "side": statement.side,
        "region": statement.region,
        "joint": statement.joint,
        "bones": list(statement.bones),
        "nerves": list(statement.nerves),
        "verdict": statement.verdict,
        "probability": cut(statement.probability),
        "probability_low": cut(statement.low),
        "probability_high": cut(statement.high),
        "reason": statement.reason,
        "difference": None
        if statement.difference is None
        else [decimals(number, 1) for number in statement.difference],
        "rules": list(statement.rules),
    }


def protocol_record(outcome: ProtocolOutcome | None) -> dict[str, Any] | None:
    """Return the protocol's outcome as report.json holds it."""
    if outcome is None:
        return None
    protocol = outcome.protocol
    return {
        "name": protocol.name,
        "title": protocol.title,
        "source": protocol.source,
        "injected": [_site(level, side) for level, side in protocol.injected],
        "met_from": protocol.met_from,
        "not_met_to": protocol.not_met_to,
        "answer": outcome.answer,
        "probability": cut(outcome.probability),
        "probability_low": cut(outcome.low),
        "probability_high": cut(outcome.high),
        "reasons": list(outcome.reasons),
        "criteria": [_criterion_record(found) for found in outcome.criteria],
        "quality": [
            {"name": q.name, "state": q.state, "reason": q.reason, "required": q.required}
            for q in outcome.quality
        ],
        "rules": list(outcome.rules),
        "notes": list(protocol.notes),
    }


def _criterion_record(found: CriterionFinding) -> dict[str, Any]:
    criterion = found.criterion
    return {
        "name": criterion.name,
        "regions": list(criterion.regions),
        "need": criterion.need,
        "expect": criterion.expect,
        "required": criterion.required,
        "probability": cut(found.probability),
        "probability_low": cut(found.low),
        "probability_high": cut(found.high),
        "parts": [
            {
                **_site(part.bones[0], str(part.side)),
                "nerve": part.nerves[0],
                "verdict": part.verdict,
                "probability": cut(part.probability),
                "probability_low": cut(part.low),
                "probability_high": cut(part.high),
                "reason": part.reason,
            }
            for part in found.parts
        ],
    }


def _site(level: str, side: str) -> dict[str, str]:
    return {"level": level, "side": side}
