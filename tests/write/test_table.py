import csv
import io
from dataclasses import replace

import pytest

from spreadscan.values import Calibration, Coverage
from spreadscan.write.table import COLUMNS, to_csv, write_table
from tests.reports import SHARES, make_report, report_without_landmarks, uncalibrated_report
from tests.write.goldens import assert_golden


def rows_of(report):
    return list(csv.DictReader(io.StringIO(to_csv(report), newline="")))


def test_golden():
    assert_golden("coverage.csv", to_csv(make_report()))


def test_one_row_per_level_side_and_region_comes_back():
    rows = rows_of(make_report())
    assert tuple(rows[0]) == COLUMNS
    assert [(row["level"], row["side"], row["region"]) for row in rows] == list(SHARES)
    for row, expected in zip(rows, SHARES.values(), strict=True):
        read = [float(row[key]) for key in ("fraction", "fraction_low", "fraction_high", "probability")]
        assert read == [expected.fraction, expected.low, expected.high, expected.probability]
        assert (
            row["course_reference_mm"] == ""
            if expected.course_mm is None
            else float(row["course_reference_mm"]) == pytest.approx(expected.course_mm)
        )


def test_what_is_not_assessed_has_a_row_a_reason_and_empty_cells():
    rows = rows_of(report_without_landmarks())
    assert len(rows) == 24
    for row in rows:
        assert (row["verdict"], row["reason"]) == ("not assessed", "no landmarks were given")
        unknown = ("fraction", "fraction_low", "fraction_high", "probability", "course_reference_mm")
        assert {row[key] for key in unknown} == {""}


def test_a_true_zero_is_not_an_empty_cell():
    row = rows_of(make_report())[4]
    assert (row["side"], row["region"], row["fraction"], row["probability"]) == ("right", "common", "0", "0")


def test_without_a_scale_its_cells_are_empty():
    row = rows_of(uncalibrated_report())[0]
    assert (row["mm_per_px"], row["calibration_origin"], row["side"]) == ("", "", "image left")


def test_texts_with_commas_quotes_and_lines_come_back_and_formulas_do_not_run():
    report = make_report(calibration=Calibration(0.5, 0.5, '=cmd|"/c calc"!A1', 0.1))
    odd = replace(report.coverage.regions[0], reason='a, "b"\nc', flags=("near-limit", "region-under-metal"))
    changed = replace(report, coverage=Coverage((odd, *report.coverage.regions[1:]), ()))
    row = rows_of(changed)[0]
    assert row["reason"] == 'a, "b"\nc'
    assert row["flags"] == "near-limit;region-under-metal"
    assert row["calibration_origin"] == '\'=cmd|"/c calc"!A1'


def test_lines_end_with_a_line_feed(tmp_path):
    write_table(make_report(), tmp_path / "coverage.csv")
    written = (tmp_path / "coverage.csv").read_bytes()
    assert b"\r" not in written
    assert written.count(b"\n") == 25
