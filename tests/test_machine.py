"""The machine the tests run on: databases that start empty, and a phone that shows Chinese."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page
from sqlalchemy import create_engine, inspect, text


def test_a_database_starts_empty_and_keeps_what_is_written(database_url: str) -> None:
    engine = create_engine(database_url)
    assert inspect(engine).get_table_names() == []
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE township (name TEXT)"))
        connection.execute(text("INSERT INTO township VALUES ('庆远镇')"))
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT name FROM township")) == "庆远镇"
    engine.dispose()


def test_the_phone_is_375_by_812_and_chinese(phone_page: Page, tmp_path: Path) -> None:
    assert phone_page.viewport_size == {"width": 375, "height": 812}
    assert phone_page.evaluate("navigator.language") == "zh-CN"
    picture = tmp_path / "phone.png"
    phone_page.set_content('<meta name="viewport" content="width=device-width"><p>认可度')
    phone_page.screenshot(path=picture)
    assert picture.stat().st_size > 0


DRAW = """character => {
    const canvas = document.createElement("canvas");
    const pen = canvas.getContext("2d");
    pen.font = "40px sans-serif";
    pen.fillText(character, 0, 60);
    return canvas.toDataURL();
}"""


def test_the_phone_shows_chinese(phone_page: Page) -> None:
    """Without a Chinese font every character is the same empty box, and nobody would notice."""
    drawn = {phone_page.evaluate(DRAW, character) for character in "认可度"}
    assert len(drawn) == 3, "no Chinese font: install Debian's package fonts-noto-cjk"
