"""`renkedu rate` on files and options that cannot be right: what is told, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.survey.commands.outcomes import Run

Q = ("--item", "q")


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def check_refused(renkedu: Run, options: tuple[str, ...], message: str) -> None:
    done = renkedu("rate", "x.csv", *options)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert "Traceback" not in done.err
    assert all(line.startswith("renkedu: ") for line in done.err.splitlines())


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("q,w\n1,1\n0,\n1,1\n", ("--weight", "w"), "x.csv line 3: expected a weight above 0"),
        ("q,w\n1,1\n0,0\n1,1\n", ("--weight", "w"), "x.csv line 3: expected a weight above 0"),
        ("q,w\n1,1\n0,1\n1,-2\n", ("--weight", "w"), "x.csv line 4: expected a weight above 0"),
        ("q,w\n1,1\n0,1\n1,two\n", ("--weight", "w"),
         "x.csv line 4: column w: expected a number, got 'two'"),
        ("q,w\n1,1\n0,1\n1,inf\n", ("--weight", "w"), "expected a number, got 'inf'"),
        ("q,w\n1,1\n0,1\n1,nan\n", ("--weight", "w"), "expected a number, got 'nan'"),
        ('q,w\n1,1\n0,"1,000"\n', ("--weight", "w"), "expected a number, got '1,000'"),
        ("q,N\n1,2\n0,2\n1,2\n", ("--fpc", "N"), "is below the clusters drawn from it"),
        ("q,N\n1,9\n0,9\n1,8\n", ("--fpc", "N"), "the population varies within its stratum"),
        ("q,N\n1,9\n0,9\n1,\n", ("--fpc", "N"), "x.csv line 4: expected a population above 0"),
        ("q,N\n1,9\n0,9\n1,many\n", ("--fpc", "N"), "expected a number, got 'many'"),
        ("q,h\n1,a\n0,a\n1,b\n", ("--strata", "h"), "stratum b has a single cluster"),
        ("q,h\n1,a\n0,a\n1,b\n", ("--strata", "h"), "the option is --lonely certainty, adjust"),
        ("q,h\n1,a\n0,\n1,a\n", ("--strata", "h"), "x.csv line 3: the stratum is missing"),
        ("q,c\n1,a\n0,\n1,b\n", ("--cluster", "c"), "x.csv line 3: the cluster is missing"),
        ("q,d\n1,\n0,\n", ("--by", "d"), "no row has a label in every column"),
        ("q\n,\n", (), "expected 1 cells, as in the header, got 2"),
        ("q,d\n,1\nNA,2\n", (), "column q holds no answer; it has 'NA' (1)"),
        ("q\n1\n2\n", (), "x.csv line 3: column q: expected 0 or 1, got '2'"),
        ("q\n1\n是\n", (), "that count as satisfied; the column has '1' (1), '是' (1)"),
        ("q\n1\n2\n", ("--satisfied", "4"), "satisfied code; the column has '1' (1), '2' (1)"),
        ("q\n1\n2\n", ("--satisfied", "1,4"), "no row has the code '4'; the items have '1' (1)"),
        ("q\n1\n2\n", ("--satisfied", "1", "--excluded", "8"), "no row has the code '8'"),
        ("q\n1\n2\n", ("--satisfied", "1", "--excluded", "1"), "as satisfied and as excluded"),
        ("q\n1\n1.0\n2\n", ("--satisfied", "1"), "column q has '1' / '1.0': write a code"),
        ("q\n1\n１\n2\n", ("--satisfied", "1"), "column q has '1' / '１'"),
    ],
)  # fmt: skip
def test_cells(renkedu: Run, text: str, options: tuple[str, ...], message: str) -> None:
    Path("x.csv").write_text(text, encoding="utf-8")
    check_refused(renkedu, (*Q, *options), message)


def test_a_column_of_free_text_is_no_item(renkedu: Run) -> None:
    rows = "\n".join(f"text {number}" for number in range(101))
    Path("x.csv").write_text(f"q\n{rows}\n", encoding="utf-8")
    check_refused(renkedu, (*Q, "--satisfied", "text 1"), "column q has 101 different values")


def test_many_lonely_strata_are_counted(renkedu: Run) -> None:
    rows = "\n".join(f"1,{number}" for number in range(50))
    Path("x.csv").write_text(f"q,h\n{rows}\n", encoding="utf-8")
    done = renkedu("rate", "x.csv", *Q, "--strata", "h")
    assert "and 30 strata more" in done.err
    assert len(done.err.splitlines()) == 22


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--item", "Q1x"), "there is no column 'Q1x'; did you mean 'q1'"),
        (("--item", "satisfaction"), "the columns are 'q', 'q1', 'h'"),
        ((), "Missing option '--item'"),
        ((*Q, "--ci", "wald"), "expected some of korn-graubard"),
        ((*Q, "--level", "95"), "expected a number between 0 and 1, got '95'"),
        ((*Q, "--level", "high"), "expected a number, got 'high'"),
        ((*Q, "--satisfied", "1,,2"), "expected words separated by commas, got '1,,2'"),
        ((*Q, "--lonely", "ignore"), "'ignore' is not one of"),
        ((*Q, "--calibrate", "raking"), "--calibrate and --margins go together"),
        ((*Q, "--margins", "m.csv"), "--calibrate and --margins go together"),
        ((*Q, "--bounds", "0.5,2"), "--bounds goes with --calibrate"),
        ((*Q, "--bounds", "2"), "expected two numbers such as 0.3,3, got '2'"),
        ((*Q, "--kind", "JK1"), "--replicates and --kind go together"),
        ((*Q, "--replicates", "r.csv", "--kind", "JK1"), "--replicates needs --weight"),
        ((*Q, "--mse"), "go with --replicates"),
        ((*Q, "--scale", "-1"), "not in the range"),
        ((*Q, "--rho", "1"), "not in the range"),
        (
            (*Q, "--replicates", "r.csv", "--kind", "JK1", "--weight", "q", "--strata", "h"),
            "replicate weights hold the design already",
        ),
    ],
)
def test_options(renkedu: Run, options: tuple[str, ...], message: str) -> None:
    Path("x.csv").write_text("q,q1,h\n1,0,a\n0,1,b\n", encoding="utf-8")
    check_refused(renkedu, options, message)


@pytest.mark.parametrize(
    ("margins", "message"),
    [
        ("column,value,total\nh,a,10\nh,b,20\nk,x,31\n", "the margins disagree"),
        ("column,value,total\nh,a,10\n", "x.csv line 4: h = 'b' has no margin"),
        ("column,value,total\nh,a,10\nh,b,5\nh,c,5\n", "no row has h = c"),
        ("column,value,total\nh,a,10\nh,b,0\n", "m.csv line 3: expected a number above 0, got '0'"),
        ("column,value,total\nh,a,10\nh,b,many\n", "m.csv line 3: expected a number, got 'many'"),
        ("column,value,total\nh,a,10\nh,a,5\n", "m.csv line 3: h = a stands twice"),
        (
            "column,value,total\nh,a,10,5\n",
            "m.csv line 2: expected 3 cells, as in the header, got 4",
        ),
        ("column,value,total\nh,,10\n", "m.csv line 2: column and value must not be blank"),
        ("column,value,share\nh,a,0.5\nh,b,0.4\n", "the shares of h add up to 0.9, not to 1"),
        ("column,value,total\n", "m.csv: has a header and no rows"),
        ("a,b,c\n1,2,3\n", "m.csv: expected the header column,value,total"),
        ("column,value,total\nz,a,10\n", "there is no column 'z'"),
    ],
)
def test_margins(renkedu: Run, margins: str, message: str) -> None:
    Path("x.csv").write_text("q,h,k\n1,a,x\n0,a,x\n1,b,x\n", encoding="utf-8")
    Path("m.csv").write_text(margins, encoding="utf-8")
    check_refused(renkedu, (*Q, "--calibrate", "raking", "--margins", "m.csv"), message)


@pytest.mark.parametrize(
    ("method", "bounds", "message"),
    [
        ("raking", "0.5,2", "the raking distance takes no bounds"),
        ("logit", None, "the logit distance needs both bounds"),
        ("linear", "0.99,1.01", "no factors from 0.99 to 1.01 can meet all the totals"),
        ("linear", "2,3", "on either side of 1"),
    ],
)
def test_bounds(renkedu: Run, method: str, bounds: str | None, message: str) -> None:
    Path("x.csv").write_text("q,h\n1,a\n0,a\n1,b\n", encoding="utf-8")
    Path("m.csv").write_text("column,value,total\nh,a,1\nh,b,2\n", encoding="utf-8")
    options = ("--bounds", bounds) if bounds else ()
    check_refused(renkedu, (*Q, "--calibrate", method, "--margins", "m.csv", *options), message)


@pytest.mark.parametrize(
    ("replicates", "message"),
    [
        ("a,b\n1,2\n2,1\n", "expected 3 rows of replicate weights, got 2"),
        ("a,b\n1,2\n2,1\n1,-1\n", "expected a number from 0 up, got '-1'"),
        ("a,b\n1,2\n2,1\n1,x\n", "expected a number from 0 up, got 'x'"),
        ("a\n1\n2\n1\n", "at least 2 replicate weights"),
    ],
)
def test_replicates(renkedu: Run, replicates: str, message: str) -> None:
    Path("x.csv").write_text("q,w\n1,1\n0,1\n1,1\n", encoding="utf-8")
    Path("r.csv").write_text(replicates, encoding="utf-8")
    check_refused(renkedu, (*Q, "--weight", "w", "--replicates", "r.csv", "--kind", "JK1"), message)


@pytest.mark.parametrize(
    ("rscales", "message"),
    [
        ("rscale\n1\n", "s.csv: expected 2 rows, one for each replicate, got 1"),
        ("rscale\n1\n-1\n", "s.csv line 3: expected a number from 0 up, got -1"),
        ("rscale,x\n1,\n,\n", "s.csv line 3: expected a number from 0 up, got nan"),
        ("r\n1\n1\n", "there is no column 'rscale'"),
    ],
)
def test_rscales(renkedu: Run, rscales: str, message: str) -> None:
    Path("x.csv").write_text("q,w\n1,1\n0,1\n1,1\n", encoding="utf-8")
    Path("r.csv").write_text("a,b\n1,2\n2,1\n1,1\n", encoding="utf-8")
    Path("s.csv").write_text(rscales, encoding="utf-8")
    options = ("--weight", "w", "--replicates", "r.csv", "--kind", "JK1", "--rscales", "s.csv")
    check_refused(renkedu, (*Q, *options), message)


@pytest.mark.parametrize("name", ["", ".", "none.csv"])
def test_a_file_that_is_not_there(renkedu: Run, name: str) -> None:
    done = renkedu("rate", name, *Q)
    assert (done.code, done.out) == (2, "")
    assert "Traceback" not in done.err


def test_a_weight_of_zero_in_replicates_needs_the_whole_samples_above_it(renkedu: Run) -> None:
    Path("x.csv").write_text("q,w\n1,1\n0,0\n1,1\n", encoding="utf-8")
    Path("r.csv").write_text("a,b\n1,2\n2,1\n1,1\n", encoding="utf-8")
    options = ("--weight", "w", "--replicates", "r.csv", "--kind", "JK1")
    check_refused(renkedu, (*Q, *options), "x.csv line 3: expected a weight above 0")
