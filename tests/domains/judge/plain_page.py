"""A page drawn the plain way, in a browser of its own: python plain_page.py page.html"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from vsdpo_jax.domains.web.browser.find import find_browser

if __name__ == "__main__":
    with sync_playwright() as playwright:
        # Without its sandbox, as root needs it: the benchmark's own pages are trusted.
        browser = playwright.chromium.launch(executable_path=find_browser(), chromium_sandbox=False)
        page = browser.new_page()
        page.goto(Path(sys.argv[1]).resolve().as_uri())
        page.screenshot(full_page=True)
        browser.close()
