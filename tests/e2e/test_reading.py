"""A file as a business has it: uploaded, its reading corrected by hand, seen at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Served, bring, choose
from tests.e2e.test_look import broken_rules

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240), pytest.mark.xdist_group("heavy")]


def test_a_file_is_uploaded_and_its_reading_corrected(served: Served, page: Page, tmp_path: Path) -> None:
    file = tmp_path / "towns.csv"
    rows = [f"{n % 12 + 1:02}/{n % 9 + 1:02}/2024;{n},5;town {n % 7}" for n in range(60)]
    file.write_text("\n".join(["sent;paid;town", *rows]), encoding="utf-8")
    bring(page, f"{served.url}/data?lang=en", file)
    expect(page.get_by_role("heading", name="towns", exact=True)).to_be_visible()
    page.get_by_role("tab", name="How it was read").click()
    expect(page.get_by_text("separated by semicolons").first).to_be_visible()
    expect(page.get_by_text("with the day first").first).to_be_visible()
    page.get_by_text("Read the file differently").click()
    choose(page, ".st-key-how-order-0 input", "month first")
    form = page.locator(".st-key-reading-form")
    expect(form.locator('[data-testid="stDataFrame"]')).to_be_visible()
    assert broken_rules(page, ".st-key-reading-form") == []
    form.get_by_role("button", name="Read the file this way").click()
    page.get_by_role("tab", name="How it was read").click()
    expect(page.get_by_text("with the month first").first).to_be_visible()
