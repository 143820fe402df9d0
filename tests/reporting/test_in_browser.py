"""The report in a real browser: what lights up, what can be chosen, what a program cannot do."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect, sync_playwright
from runtime_samples import make_sample, write_run

from vsdpo_jax.domains.web.browser.find import find_browser
from vsdpo_jax.records import Element
from vsdpo_jax.reporting import picture_files, write_report
from vsdpo_jax.runtime.episodes import write_episode

EVIL = (
    "</script></style></pre><img src=x onerror=\"document.title='owned'\"><svg onload=alert(1)>"
    "\" onmouseover='alert(2)' x=\"<!--\u2028\u202e]]>"
)
PROGRAM = f"import this\nax.set_title({EVIL!r})\nax.bar(x, y)\n"
NUM_TASKS = 14
SERIOUS = ("serious", "critical")


def evil_sample(number, **changes):
    """A rollout all of whose texts attack the page; its title is drawn by its second line."""
    sample = make_sample(number, text=PROGRAM.replace("\\u2028", "\u2028"), **changes)
    judged, task = sample.judged, sample.task
    start = sample.rollout.text.index("ax.set")
    title = Element(region=(4.0, 2.5, 40.0, 10.0), span=(start, start + 9), role=EVIL, text=EVIL)
    defects = tuple(
        dataclasses.replace(one, message=f"{one.message} {EVIL}")
        for one in judged.diagnosis.defects
    )
    return dataclasses.replace(
        sample,
        task=dataclasses.replace(task, task_id=f"task-{number}{EVIL}", brief=EVIL),
        judged=dataclasses.replace(
            judged,
            render=dataclasses.replace(judged.render, elements=(title,)),
            diagnosis=dataclasses.replace(judged.diagnosis, defects=defects, feedback=EVIL),
        ),
    )


@pytest.fixture(scope="module")
def workdir(tmp_path_factory):
    """Before, task 0 has no picture, of the others every second is clipped; after, none but 1."""
    folder = tmp_path_factory.mktemp("runs") / "evil run"
    folder.mkdir()
    write_run(folder, num_tasks=2, num_steps=1)
    (folder / "metrics.jsonl").write_text('{"step": 0, "reward": 0.5}\n')  # one curve
    for name in ("before", "after"):
        samples = []
        for number in range(NUM_TASKS):
            is_clipped = number % 2 == 0 if name == "before" else number == 1
            failed = {"status": "program_error"} if name == "before" and number == 0 else {}
            samples.append(
                evil_sample(
                    number, reward=0.5 if is_clipped else 1.0, size=(240, 320),
                    rubric={"clip": not is_clipped, "content": True}, **failed,
                )
            )  # fmt: skip
        write_episode(folder / "eval", name, samples, num_images=NUM_TASKS)
    write_report(folder)
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=60_000)
    with sync_playwright() as playwright:
        # Without its sandbox, as root needs it: the page is ours, and what it holds cannot act.
        browser = playwright.chromium.launch(executable_path=find_browser(), chromium_sandbox=False)
        yield browser
        browser.close()


def opened(browser: Browser, path, **options) -> Any:
    """The page in a window of its own; what it asks for and complains of is noted."""
    page: Any = browser.new_context(viewport={"width": 1200, "height": 900}, **options).new_page()
    page.asked, page.complaints = [], []
    page.on("request", lambda request: page.asked.append(request.url.split(":")[0]))
    page.on("console", lambda message: page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("dialog", lambda dialog: page.complaints.append(dialog.message))
    page.goto(path.as_uri())
    return page


@pytest.fixture(scope="module")
def page(workdir, browser):
    return opened(browser, workdir / "report.html")


@pytest.fixture
def card(page):
    """The first task that is clipped before: its picture has a region and a defect."""
    page.goto(page.url.split("#")[0] + "#show=cured&task=task-2")
    page.reload()
    expect(page.locator("#status")).to_contain_text("1 of 14 tasks: 1 to 1")
    return page.locator("#cards .card").first.locator("[data-side]").first


def lit(card):
    """Classes and texts of what is lit."""
    return sorted(card.locator(".lit").evaluate_all("all => all.map(one => one.classList[0])"))


def test_what_programs_say_stays_text_and_nothing_is_asked_for(page):
    assert page.title() == "Visual-SDPO: evil run"
    assert page.locator("#cards .card").count() == 12
    assert page.locator("[src=x], [onload], [onmouseover], [onerror]").count() == 0
    assert EVIL[:60] in page.locator("#cards .brief").first.inner_text()
    assert "\\u2028\\u202e" in page.locator("#cards .brief").first.inner_text()
    page.select_option("[name=show]", "cured")
    expect(page.locator("#status")).to_contain_text("7 of 14 tasks: 1 to 7")
    assert page.locator("[src=x], [onload], [onmouseover], [onerror]").count() == 0
    assert page.complaints == []
    assert set(page.asked) <= {"file", "data"}
    assert page.asked.count("file") == 1


def test_pointing_at_a_region_a_defect_or_a_statement_lights_what_belongs_to_it(page, card):
    page.mouse.move(0, 0)
    assert lit(card) == []
    statement = card.locator(".st[role]")
    assert statement.inner_text().startswith("ax.set_title(")
    statement.hover()
    assert lit(card) == ["defect", "fault", "region", "st"]
    card.locator(".fault").hover()
    assert lit(card) == ["defect", "fault", "st"]
    # The defect lies on the region; a corner of the picture is outside both.
    card.locator("svg").hover(position={"x": 30, "y": 12})
    assert lit(card) == ["defect", "fault", "st"]
    card.locator("svg").hover(position={"x": 200, "y": 200})
    assert lit(card) == []


def test_the_keyboard_does_the_same_and_holds_and_lets_go(page, card):
    card.locator("[data-marks] [data-arm]").first.focus()
    assert lit(card) == ["defect", "fault", "region", "st"]  # the region
    page.keyboard.press("ArrowRight")
    assert lit(card) == ["defect", "fault", "st"]  # the defect
    page.keyboard.press("Tab")
    focused = "document.activeElement.classList[0]"
    assert page.evaluate(focused) == "fault"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")  # the summary of the program
    assert lit(card) == ["defect", "fault", "st"]
    assert card.locator(".fault").get_attribute("aria-pressed") == "true"
    page.keyboard.press("Tab")  # its frame, which scrolls
    page.keyboard.press("Tab")
    assert page.evaluate(focused) == "st"
    assert lit(card) == ["defect", "fault", "region", "st"]
    page.keyboard.press("Escape")
    assert lit(card) == []
    assert card.locator("[aria-pressed=true]").count() == 0


def test_tasks_are_chosen_by_axis_and_what_became_of_it(page, workdir):
    page.goto((workdir / "report.html").as_uri())
    status = page.locator("#status")
    assert "12 of 14: the 4 that lost most" in status.inner_text()
    page.get_by_role("link", name="show 1 tasks on which clip is introduced").click()
    expect(page.locator("#status")).to_contain_text("1 of 14 tasks: 1 to 1")
    assert page.locator("#cards h3").inner_text().startswith("task-1<")
    assert page.locator("[name=axis]").input_value() == "clip"
    assert page.locator("#cards .fate").inner_text() == "introduced"
    page.select_option("[name=show]", "error")
    expect(page.locator("#cards h3")).to_contain_text("task-0<")
    page.select_option("[name=show]", "")
    page.select_option("[name=order]", "gain")
    expect(page.locator("#status")).to_contain_text("14 of 14 tasks: 1 to 12")
    page.get_by_role("button", name="next").click()
    expect(page.locator("#status")).to_contain_text("14 of 14 tasks: 13 to 14")
    assert page.locator("#cards .card").count() == 2
    page.get_by_role("searchbox").fill("nowhere")
    expect(page.locator("#status")).to_contain_text("0 of 14 tasks")
    assert page.locator("#cards .card").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser, workdir, scheme):
    page = opened(browser, workdir / "report.html", color_scheme=scheme)
    found = Axe().run(page).response["violations"]
    told = [
        (one["id"], one["impact"], one["nodes"][0]["html"][:200], one["nodes"][0]["failureSummary"])
        for one in found
    ]
    assert [one for one in told if one[1] in SERIOUS] == []


def test_a_phone_scrolls_one_way_only(browser, workdir):
    page = opened(browser, workdir / "report.html")
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_without_scripts_figures_and_worst_cases_are_there(browser, workdir):
    page = opened(browser, workdir / "report.html", java_script_enabled=False)
    assert page.locator("#cards .card").count() == 12
    assert page.locator("#tools").is_hidden()
    assert "clip" in page.locator("table").first.inner_text()
    assert page.locator(".curve img").first.is_visible()
    assert page.locator("#cards .picture img").first.is_visible()


def test_pictures_beside_the_page_are_shown_when_they_are_needed(browser, workdir, monkeypatch):
    monkeypatch.setattr(picture_files, "MOST_EMBEDDED", 1)
    page = opened(browser, write_report(workdir, out=workdir / "many.html"))
    assert page.asked.count("file") == 1
    page.select_option("[name=show]", "introduced")
    expect(page.locator("#status")).to_contain_text("1 of 14 tasks: 1 to 1")
    shown = "all => Promise.all(all.map((one) => one.decode().then(() => one.naturalWidth)))"
    assert page.locator("#cards img").evaluate_all(shown) == [320, 320]
    assert page.asked.count("file") == 3
    assert page.complaints == []
