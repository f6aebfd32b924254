"""The draw certificate on paper (抽样证书): A4 pages in Chinese, to be signed and hung up.

What counts is draw.json; the page carries its digest, and a QR code to where everybody checks it.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from sampling.ceremony import Ceremony, Content, Finding
from sampling.record import Draw, Plan
from survey.assessments.models import Round
from survey.localization import BEIJING
from survey.samples.cards import (
    CATEGORY_WORDS,
    PAGE_HEIGHT,
    PAGE_WIDTH,
    QR_SIZE,
    REHEARSAL,
    Writer,
    draw_qr,
    load_font,
    split_line,
)

LEFT, RIGHT, TOP, BOTTOM = 20 * mm, PAGE_WIDTH - 20 * mm, PAGE_HEIGHT - 20 * mm, 22 * mm
INDENT = 38 * mm
STEP_WORDS = {"frame": "摘要公布", "source": "种子来源", "seed": "种子揭晓", "draw": "抽取"}
SOURCE_WORDS = {
    "commit-reveal": "各方先交承诺值、后揭示原文",
    "public-event": "事先指定的公开事件",
    "drand": "公共随机信标 drand",
}
LEVEL_WORDS = {"checked": "已核算", "asserted": "系主办方陈述", "proved": "已由外部证明"}
SIGNATURES = "主持人:____________    监督人:____________    公证人:____________    (盖章)"


@dataclass(frozen=True, slots=True)
class Certificate:
    """What stands on the page; `head` is that of the ceremony, `log_head` that of the audit log."""

    round_: Round
    plan: Plan
    draw: Draw
    draw_digest: str
    ceremony: Ceremony | None
    head: str
    findings: Sequence[Finding]
    log_head: str
    address: str


@dataclass(slots=True)
class Page:
    """A page that is filled from the top; what does not fit any more goes to the next one."""

    writer: Writer
    base: float = field(default=TOP)

    def write(self, text: str, size: float = 10, left: float = LEFT, gap: float = 2) -> None:
        """Write a paragraph, on as many lines as it needs."""
        rest = text
        while rest:
            self.make_room(size * 1.5)
            line, rest = split_line(rest, size, RIGHT - left)
            self.base -= size * 1.35
            self.writer.write(left, self.base, line, size, RIGHT - left + 1)
        self.base -= gap

    def tell(self, name: str, value: str, size: float = 10) -> None:
        """Write a name and, beside it, its value."""
        self.make_room(size * 3)
        self.writer.write(LEFT, self.base - size * 1.35, name, size, INDENT - 2 * mm)
        self.write(value, size, LEFT + INDENT)

    def rule(self) -> None:
        """Draw a thin line."""
        self.base -= 3
        self.writer.canvas.setLineWidth(0.4)
        self.writer.canvas.line(LEFT, self.base, RIGHT, self.base)
        self.base -= 4

    def make_room(self, height: float) -> None:
        """Begin a new page when this one is full."""
        if self.base - height < BOTTOM:
            self.writer.canvas.showPage()
            self.base = TOP


def make_certificate(certificate: Certificate) -> bytes:
    """Return the PDF; the same certificate gives the same bytes."""
    load_font()
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, pageCompression=1, invariant=1)
    round_ = certificate.round_
    canvas.setTitle(f"{round_.county} {round_.year} 抽样证书")
    canvas.setCreator("Renkedu")
    page = Page(Writer(canvas))
    draw_qr(canvas, RIGHT - QR_SIZE, TOP - QR_SIZE + 4 * mm, certificate.address)
    page.write("抽样证书", 22, gap=4)
    page.write(f"{round_.county} {round_.year} 年义务教育社会认可度调查", 13, gap=4)
    if round_.is_rehearsal:
        page.write(REHEARSAL, 13, gap=4)
    page.write("扫码核验,或打开:", 9)
    for line in split_address(certificate.address):
        page.write(line, 9)
    page.base = min(page.base, TOP - QR_SIZE)
    page.rule()
    for name, value in list_facts(certificate):
        page.tell(name, value)
    page.rule()
    for name, value in list_counts(certificate.draw):
        page.tell(name, value)
    page.rule()
    for name, value in list_steps(certificate):
        page.tell(name, value, 9)
    page.write("任何人可用下列命令重做本次抽样并核对:", 9)
    page.write(command_of(certificate), 9)
    page.base -= 10 * mm
    page.make_room(12 * mm)
    page.write(SIGNATURES, 10)
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def split_address(address: str) -> tuple[str, str]:
    """Return an address on two lines that stay clear of the QR code.

    >>> split_address("https://survey.example/check/ab")
    ('https://survey.example', '/check/ab')
    """
    host, slash, rest = address.rpartition("/check/")
    return (host, f"/check/{rest}") if slash else (address, "")


def list_facts(certificate: Certificate) -> Iterator[tuple[str, str]]:
    """Yield what was fixed before the draw, and what came out."""
    plan, draw = certificate.plan, certificate.draw
    yield "常住人口", f"{plan['residents']:,} 人,抽样比例 {plan['rate']}"
    yield "抽取人数", f"{draw['n']} 人,{len(draw['strata'])} 层"
    yield "名册摘要", draw["frame_digest"]
    yield "配额摘要", draw["plan_digest"]
    yield "种子", draw["seed"]
    yield "抽样记录摘要", certificate.draw_digest
    if certificate.head:
        yield "仪式记录摘要", certificate.head
    yield "审计日志链头", certificate.log_head


def list_counts(draw: Draw) -> Iterator[tuple[str, str]]:
    """Yield the people drawn by category."""
    counts: dict[str, list[int]] = {}
    for stratum in draw["strata"]:
        own = counts.setdefault(stratum["cell"]["category"][0], [0, 0, 0])
        for place, more in enumerate((stratum["n"], len(stratum["reserve"]), stratum["N"])):
            own[place] += more
    for category, (drawn, reserve, people) in counts.items():
        word = CATEGORY_WORDS.get(category, category)
        yield word, f"{people:,} 人中抽取 {drawn} 人,备用 {reserve} 人"


def list_steps(certificate: Certificate) -> Iterator[tuple[str, str]]:
    """Yield the steps of the ceremony; without one, say what a typed seed does not show."""
    if certificate.ceremony is None:
        yield "抽样方式", "种子由主办方直接录入:可证明样本由种子得出,不能证明种子何时确定。"
        return
    yield "阶段", certificate.ceremony["stage"]
    for step in certificate.ceremony["steps"]:
        at = datetime.fromisoformat(step["time"]).astimezone(BEIJING)
        told = describe_source(step["content"]) if step["step"] == "source" else ""
        yield STEP_WORDS[step["step"]], f"{at:%Y-%m-%d %H:%M:%S}(主办方时钟){told}"
    for level, word in LEVEL_WORDS.items():
        count = sum(finding.level == level for finding in certificate.findings)
        if count:
            yield "核验结论", f"{word} {count} 项"


def describe_source(content: Content) -> str:
    """Return the announced source in words."""
    word = SOURCE_WORDS.get(str(content["source"]), "")
    if content["source"] == "drand":
        return f" {word},第 {content['round']} 轮"
    if content["source"] == "public-event":
        return f" {word}:{content['event']}"
    parties = content.get("parties")
    names = [str(one["party"]) for one in parties] if isinstance(parties, list) else []
    return f" {word}:{'、'.join(names)}"


def command_of(certificate: Certificate) -> str:
    """Return the command that checks this draw."""
    if certificate.ceremony is None:
        return "renkedu verify draw.json --frame frame.csv --plan plan.json"
    return "renkedu verify draw.json --public public.csv --plan plan.json --ceremony ceremony.json"
