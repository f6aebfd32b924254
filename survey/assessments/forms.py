"""Forms of a round."""

from __future__ import annotations

from datetime import date
from functools import cache

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, DateField, HiddenField, IntegerField, SelectField, StringField
from wtforms.validators import (
    DataRequired,
    Length,
    NumberRange,
    Optional,
    Regexp,
    ValidationError,
)

from sampling.problems import Problem, Problems
from sampling.sample_size import read_residents
from sampling.survey_rules import load_survey_rules
from scoring.rule_set import load_rule_set, rule_set_ids
from survey.assessments.models import DEFAULT_EDITION, Round
from survey.assessments.operations import Particulars
from survey.assessments.residents import read_residents_table
from survey.field_help import SURVEY_RULES, Help
from survey.localization import AREA_NAMES, choose_language, tell, tell_all
from survey.responses.envelope import read_public_key
from survey.text import is_plain_line

NATIONAL = "national-2017"


@cache
def read_titles() -> tuple[tuple[str, str, str], ...]:
    """Return id and titles of every published rule set, the national one first; read once."""
    ids = sorted(rule_set_ids(), key=lambda name: (name != NATIONAL, name))
    sets = [load_rule_set(name) for name in ids]
    return tuple((one.id, one.title_zh, one.title_en) for one in sets)


def list_rule_sets() -> list[tuple[str, str]]:
    """Return the published rule sets with their titles in the reader's language."""
    is_chinese = choose_language() == "zh"
    return [(name, f"{zh if is_chinese else en} ({name})") for name, zh, en in read_titles()]


class SettingsForm(FlaskForm):
    """What a round is about and may be changed until the quotas are frozen."""

    version = HiddenField()
    county = StringField(
        lazy_gettext("County"),
        description=Help(
            lazy_gettext("Its full name, as it is to stand on cards and certificates.")
        ),
        validators=[DataRequired(lazy_gettext("missing")), Length(max=80)],
    )
    # What is no number at all gets the same message, and only once.
    year = IntegerField(
        lazy_gettext("Year"),
        description=Help(lazy_gettext("The year that the county is judged for, four digits.")),
        validators=[
            DataRequired(lazy_gettext("a year from 2017 to 2100")),
            NumberRange(2017, 2100, lazy_gettext("a year from 2017 to 2100")),
        ],
    )
    residents = StringField(
        lazy_gettext("Resident population"),
        description=Help(
            lazy_gettext(
                "Permanent residents (常住人口), a whole number. The sample is 1.5 per mille of "
                "it, rounded up."
            ),
            why=lazy_gettext(
                "Not the registered population (户籍人口). The figure of the last census or "
                "statistical bulletin is used; whoever checks the round looks it up there."
            ),
            article=f"{SURVEY_RULES}：抽样数量一般按申报县常住人口的1.5‰确定",
        ),
        render_kw={"inputmode": "numeric"},
    )
    residents_table = FileField(
        lazy_gettext("Residents by township (.xlsx or .csv)"),
        description=Help(
            lazy_gettext(
                "Columns 乡镇, 区域, 常住人口: its sums take the place of the figures above."
            )
        ),
        render_kw={"accept": ".xlsx,.csv"},
    )
    residents_source = StringField(
        lazy_gettext("Source of this figure"),
        description=Help(lazy_gettext("Such as a census or statistical bulletin, with its date.")),
        validators=[DataRequired(lazy_gettext("missing")), Length(max=200)],
    )
    opens_on = DateField(
        lazy_gettext("The survey begins on"),
        description=Help(
            lazy_gettext("The first day on which people are asked; printed on the cards.")
        ),
        validators=[Optional()],
    )
    closes_on = DateField(
        lazy_gettext("The survey ends on"),
        description=Help(
            lazy_gettext(
                "The last day, counted in; printed on the cards. Most counties take 4 to 8 days."
            )
        ),
        validators=[Optional()],
    )
    rule_set = SelectField(
        lazy_gettext("Scheme and rule set"),
        description=Help(
            lazy_gettext(
                "The limits, articles and dates that the county is judged by. A province's set "
                "builds on the national one."
            ),
            article="教督〔2017〕6号",
        ),
        choices=list_rule_sets,
        default=NATIONAL,
    )
    edition = SelectField(
        lazy_gettext("Questionnaire"),
        description=Help(
            lazy_gettext(
                "What people are asked. Its wording can be looked at under “Questionnaires”."
            )
        ),
        default=DEFAULT_EDITION,
    )

    def fill(self, round_: Round) -> None:
        """Show a round as it stands."""
        for name in (
            "county",
            "year",
            "residents",
            "residents_source",
            "rule_set",
            "edition",
            "version",
        ):
            self[name].data = getattr(round_, name)
        self.opens_on.data = read_day(round_.opens_on)
        self.closes_on.data = read_day(round_.closes_on)
        for name, residents in (round_.areas or {}).items():
            self[f"residents_{name}"].data = str(residents)

    def read(self) -> Particulars:
        """Return what was filled in."""
        return Particulars(
            county=(self.county.data or "").strip(),
            year=self.year.data or 0,
            residents=read_residents(self.residents.data or ""),
            residents_source=(self.residents_source.data or "").strip(),
            areas=self.areas,
            opens_on=write_day(self.opens_on.data),
            closes_on=write_day(self.closes_on.data),
            rule_set=self.rule_set.data,
            edition=self.edition.data,
        )

    areas: dict[str, int] | None = None

    def validate(self, extra_validators: object = None) -> bool:
        """Check the fields, then what hangs together: areas and their sum, the two days."""
        self.take_table()
        fine = super().validate(extra_validators)
        return self.check_areas() and self.check_days() and fine

    def take_table(self) -> None:
        """Put the figures of an uploaded table into the fields, where they are seen and checked."""
        upload = self.residents_table.data
        self.table_faults: list[str] = []
        if not upload:
            return
        try:
            areas = load_survey_rules().areas
            totals = read_residents_table(upload.filename or "", upload.read(), areas)
        except (Problem, Problems) as error:
            self.table_faults = tell_all(error)
            return
        self.residents.data = str(sum(totals.values()))
        for name, residents in totals.items():
            self[f"residents_{name}"].data = str(residents)

    def validate_residents_table(self, _field: FileField) -> None:
        """Tell what is wrong with an uploaded table."""
        if self.table_faults:
            raise ValidationError("; ".join(self.table_faults[:10]))

    def check_areas(self) -> bool:
        """Residents by area are given for each area or for none, and add up to the county's."""
        typed = {name: (self[f"residents_{name}"].data or "").strip() for name in AREA_NAMES}
        self.areas = None
        if not any(typed.values()):
            return True
        try:
            total = read_residents(self.residents.data or "")
            areas = {
                name: 0 if text in ("", "0") else read_residents(text)
                for name, text in typed.items()
            }
        except Problem as problem:
            self.residents_urban.errors = [tell(problem)]
            return False
        if sum(areas.values()) != total:
            self.residents_urban.errors = [
                gettext(
                    "the areas add up to %(got)s residents, but the county has %(residents)s",
                    got=sum(areas.values()),
                    residents=total,
                )
            ]
            return False
        self.areas = areas
        return True

    def check_days(self) -> bool:
        """The survey does not end before it begins."""
        first, last = self.opens_on.data, self.closes_on.data
        if first and last and last < first:
            self.closes_on.errors = [gettext("the last day is before the first")]
            return False
        return True

    def validate_county(self, field: StringField) -> None:
        """The county's name is printed on cards and certificates: one plain line."""
        if not is_plain_line(field.data or ""):
            raise ValidationError(gettext("one line of plain text, please"))

    validate_residents_source = validate_county

    def validate_residents(self, field: StringField) -> None:
        """Residents are a whole number the sample size can be taken of."""
        try:
            read_residents(field.data or "")
        except Problem as problem:
            raise ValidationError(tell(problem)) from problem


for _name, _label in AREA_NAMES.items():
    setattr(
        SettingsForm,
        f"residents_{_name}",
        StringField(
            _label,
            description=Help(lazy_gettext("Permanent residents there; all three areas or none.")),
            render_kw={"inputmode": "numeric", "autocomplete": "off"},
        ),
    )


class KeyForm(FlaskForm):
    """The public key that the level above hands over."""

    public_key = StringField(
        lazy_gettext("Public key of the round"),
        description=Help(
            lazy_gettext(
                "64 characters 0-9 a-f, from the file or sheet that the level above made."
            ),
            why=lazy_gettext(
                "The level above runs “renkedu round-key new”, keeps the private key, and hands "
                "only this public key to you. Whoever holds the private key can open the answers "
                "after the close; you cannot."
            ),
        ),
        validators=[Length(max=80)],
        render_kw={"autocomplete": "off"},
    )

    def validate_public_key(self, field: StringField) -> None:
        """Anything typed has to be a key."""
        try:
            read_public_key(field.data or "")
        except Problem as problem:
            raise ValidationError(tell(problem)) from problem


class RoundForm(SettingsForm):
    """A new round: what it is about, and what stays as it is: county code, rehearsal or real."""

    region = StringField(
        lazy_gettext("County code (GB/T 2260)"),
        description=Help(
            lazy_gettext(
                "Six digits; officials of this county, its city and its province will see the "
                "round."
            ),
            article="GB/T 2260",
        ),
        validators=[Regexp(r"[0-9]{6}\Z", message=lazy_gettext("six digits, such as 451203"))],
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )
    is_rehearsal = BooleanField(
        lazy_gettext("This is a rehearsal"),
        description=Help(
            lazy_gettext(
                "A rehearsal stays one for ever. Its private key is kept on this machine, so its "
                "answers are not secret from whoever runs the machine."
            )
        ),
    )
    public_key = StringField(
        lazy_gettext("Public key of the round"),
        description=Help(
            lazy_gettext(
                "For a real round: 64 characters that the level above made with “renkedu "
                "round-key new”. It may be handed over later. Leave it empty for a rehearsal."
            ),
            why=lazy_gettext(
                "Answers are sealed so that this server cannot read them. Only the level above, "
                "which keeps the private key, can open them after the close."
            ),
        ),
        validators=[Length(max=80)],
        render_kw={"autocomplete": "off"},
    )

    def validate_public_key(self, field: StringField) -> None:
        """A real round's key may come later; a rehearsal makes its own."""
        if not self.is_rehearsal.data and (field.data or "").strip():
            KeyForm.validate_public_key(self, field)


class ReasonForm(FlaskForm):
    """A sentence that stands in the audit log."""

    reason = StringField(
        lazy_gettext("Reason"),
        description=Help(
            lazy_gettext("It stands in the audit log, beside the former day."),
            why=lazy_gettext(
                "Everybody asked has the same time. A day may be moved because many are "
                "outstanding, never because of what they might answer; nobody can see that here."
            ),
        ),
        validators=[DataRequired(lazy_gettext("missing")), Length(max=200)],
    )


class ExtensionForm(ReasonForm):
    """A later last day of the survey, and why."""

    version = HiddenField()
    closes_on = DateField(
        lazy_gettext("New last day"),
        description=Help(
            lazy_gettext(
                "Later than the one that stands. Cards that were printed keep the former day, and "
                "work until the new one."
            )
        ),
        validators=[DataRequired(lazy_gettext("missing"))],
    )


def read_day(text: str | None) -> date | None:
    """Return a stored day."""
    return date.fromisoformat(text) if text else None


def write_day(day: date | None) -> str | None:
    """Return a day as it is stored."""
    return day.isoformat() if day else None
