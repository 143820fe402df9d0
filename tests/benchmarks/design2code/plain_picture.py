"""A picture of a page by a fresh browser, as scripts take it: what benchmarks/score.py compares."""

from __future__ import annotations

import sys

from playwright.sync_api import sync_playwright

from vsdpo_jax.domains.web.browser.find import find_browser


def main(page_file: str) -> None:
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=str(find_browser()), args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(f"file://{page_file}")
        page.screenshot(path=f"{page_file}.png", full_page=True, animations="disabled")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
