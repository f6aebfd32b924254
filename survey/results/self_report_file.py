"""自评报告 as a Word file: the same report gives the same bytes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Pt

from scoring.application import FormTable
from scoring.self_report import SelfReport

DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
BODY_FONT, TITLE_FONT = "仿宋", "黑体"
"""Fonts of official papers; a machine without them shows its own."""

FIXED_TIME = datetime(2000, 1, 1)  # noqa: DTZ001 - a file format's field without a zone
FIXED_ENTRY = (2000, 1, 1, 0, 0, 0)


def self_report_file(report: SelfReport) -> bytes:
    """Return the report as .docx; no date and no author, for people put theirs."""
    document = Document()
    for name, font, size in (("Normal", BODY_FONT, 14), ("Title", TITLE_FONT, 20),
                             ("Heading 1", TITLE_FONT, 15)):  # fmt: skip
        set_font(document.styles[name], font, size)
    title = document.add_paragraph(report.title, style="Title")
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    if report.subtitle:
        document.add_paragraph(report.subtitle).alignment = WD_ALIGN_PARAGRAPH.CENTER
    for section in report.sections:
        document.add_heading(section.title, level=1)
        for paragraph in section.paragraphs:
            added = document.add_paragraph(paragraph.text)
            added.paragraph_format.first_line_indent = Pt(28)
        if section.table is not None:
            add_table(document, section.table)
    for note in report.notes:
        added = document.add_paragraph(note)
        added.runs[0].font.size = Pt(9)
    for moment in ("created", "modified"):
        setattr(document.core_properties, moment, FIXED_TIME)
    document.core_properties.author = document.core_properties.last_modified_by = ""
    document.core_properties.title = report.title
    content = io.BytesIO()
    document.save(content)
    return with_fixed_times(content.getvalue())


def set_font(style: Any, font: str, size: int) -> None:
    """Set a style's font for Chinese as well as for Latin letters."""
    style.font.name, style.font.size = font, Pt(size)
    style.font.color.rgb = None
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in ("w:eastAsia", "w:ascii", "w:hAnsi"):
        fonts.set(qn(name), font)


def add_table(document: Any, table: FormTable) -> None:
    """Add a table with its headers."""
    rows: Sequence[Sequence[object]] = (table.headers, *table.rows)
    added = document.add_table(rows=len(rows), cols=len(table.headers), style="Table Grid")
    for row, cells in zip(added.rows, rows, strict=True):
        for cell, value in zip(row.cells, cells, strict=True):
            cell.text = str(value)
            for run in cell.paragraphs[0].runs:
                run.font.size = Pt(9)


def with_fixed_times(content: bytes) -> bytes:
    """Return a zip archive with one fixed time in every entry."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(result, "w") as new:
        for entry in old.infolist():
            plain = zipfile.ZipInfo(entry.filename, FIXED_ENTRY)
            plain.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(plain, old.read(entry))
    return result.getvalue()
