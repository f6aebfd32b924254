"""`renkedu questionnaire`: check, show, to XLSForm and back."""

from __future__ import annotations

import json
from pathlib import Path

from survey.questionnaires.edition import load_edition, read_edition
from tests.survey.commands.outcomes import Run
from tests.survey.questionnaires.samples import NATIONAL, sample_contents, write_contents


def test_check_says_what_an_edition_holds(renkedu: Run, tmp_path: Path) -> None:
    folder = write_contents(tmp_path, sample_contents())
    said = renkedu("questionnaire", "check", folder)
    assert said.code == 0
    assert "ئۇيغۇرچە (ug)" in said.out
    assert "society  15 items" in said.out
    assert read_edition(folder).digest in said.out


def test_check_tells_file_key_and_what_was_expected(renkedu: Run, tmp_path: Path) -> None:
    contents = sample_contents()
    contents["society.toml"]["items"][0]["kind"] = "matrix"
    said = renkedu("questionnaire", "check", write_contents(tmp_path, contents))
    assert said.code == 2
    assert "sample-2027/society.toml: key 'items[admission].kind': expected one of" in said.err


def test_show_prints_every_question(renkedu: Run, tmp_path: Path) -> None:
    folder = write_contents(tmp_path, sample_contents())
    said = renkedu("questionnaire", "show", folder, "--language", "en").out
    assert "3. What for?  [reasons: multiple, required]" in said
    assert "only if 2 was answered with: yes" in said
    assert "This year only." in said
    refused = renkedu("questionnaire", "show", NATIONAL, "--language", "ug")
    assert "not worded in 'ug'; known are: zh, en" in refused.err
    content = json.loads(renkedu("questionnaire", "show", NATIONAL, "--json").out)
    assert content["digest"] == load_edition(NATIONAL).digest


def test_out_and_in_again(renkedu: Run, tmp_path: Path) -> None:
    folder = write_contents(tmp_path, sample_contents())
    forms = tmp_path / "forms"
    assert renkedu("questionnaire", "export-xlsform", folder, "--out", forms).code == 0
    paths = sorted(forms.glob("*.xlsx"))
    assert [path.stem for path in paths] == ["pupil", "society", "staff"]
    again = renkedu("questionnaire", "export-xlsform", folder, "--out", forms)
    assert (again.code, "is there already" in again.err) == (2, True)
    back = tmp_path / "back"
    assert renkedu("questionnaire", "import-xlsform", *paths, "--out", back).code == 0
    assert read_edition(back / "sample-2027") == read_edition(folder)
    again = renkedu("questionnaire", "import-xlsform", *paths, "--out", back)
    assert (again.code, "a correction is a new edition" in again.err) == (2, True)


def test_what_is_missing_is_told(renkedu: Run, tmp_path: Path) -> None:
    said = renkedu("questionnaire", "import-xlsform", tmp_path / "no.xlsx", "--out", tmp_path)
    assert (said.code, "No such file" in said.err) == (2, True)
    said = renkedu("questionnaire", "check", "nowhere")
    assert (said.code, "no edition named 'nowhere'" in said.err) == (2, True)
