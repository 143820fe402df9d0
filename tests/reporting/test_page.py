import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest
from runtime_samples import make_sample, write_run

from vsdpo_jax.reporting import picture_files
from vsdpo_jax.reporting.cards import NUM_SPREAD, NUM_WORST
from vsdpo_jax.reporting.page import write_report
from vsdpo_jax.reporting.runs import ReportError
from vsdpo_jax.runtime.episodes import read_episode, write_episode

VOID = {"meta", "img", "source", "input"}


class Page(HTMLParser):
    """Tags, attributes and visible text of a page; fails on a tag that is not closed in order."""

    def __init__(self, text: str):
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        while self.open[-1] == "li" != tag:
            self.open.pop()
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("style", "script"):
            self.text.append(data)

    def find(self, tag, css_class):
        return [a for one, a in self.tags if one == tag and css_class in (a.get("class") or "")]

    @property
    def words(self):
        return " ".join(" ".join(self.text).split())


@pytest.fixture(scope="module")
def workdir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "fake"
    folder.mkdir()
    write_run(folder)
    write_report(folder)
    return folder


@pytest.fixture(scope="module")
def page(workdir):
    return Page((workdir / "report.html").read_text(encoding="utf-8"))


@pytest.fixture
def quick(monkeypatch):
    """No curves: they cost a second."""
    monkeypatch.setattr("vsdpo_jax.reporting.page.curves", lambda runs: [])


def test_the_page_is_one_file_and_its_policy_allows_nothing_else(workdir, page):
    assert not (workdir / "report_files").exists()
    text = (workdir / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"https?:|@import|url\(", re.sub(r"base64,[^\"]*", "", text))
    assert not {"link", "iframe", "object", "base"} & {tag for tag, _ in page.tags}
    for _, attrs in page.tags:
        assert not [name for name in attrs if name.startswith("on") or name == "style"]
    sources = [a.get("src") or a.get("srcset") for tag, a in page.tags if tag in ("img", "source")]
    assert sources
    assert all(source.startswith("data:image/") for source in sources)
    policy = next(a["content"] for _, a in page.tags if a.get("http-equiv"))
    assert "default-src 'none'; img-src data:; " in policy
    for tag in ("style", "script"):
        content = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)[-1]
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_figures_stand_with_their_errors(page):
    # Rewards 0, .25, .5, .75 (0 where the program fails) before: 4.5 of 20; .5, 1, 1 in turn after.
    assert "score 22.5 → 82.5 +60.0 ± 9.8 (standard error)" in page.words
    assert "programs that run 60 → 100 %" in page.words
    assert "2 min 51 s 6 updates, seed 5" in page.words
    assert "clip 0.0 ± 0.0 65.0 ± 10.9 +65.0 ± 10.9 13 0" in page.words
    assert "the title <leaves> the picture (clip)" in page.words


def test_the_worst_and_a_fair_sample_are_there_without_scripts(page):
    cards = page.find("article", "card")
    assert len(cards) == NUM_WORST + NUM_SPREAD + 1  # and the rollout that is followed through
    assert "12 of 20: the 4 that lost most, then 8 spread evenly" in page.words
    assert page.find("g", "")
    assert page.find("span", "w9")


def test_texts_of_programs_and_settings_do_not_become_markup(page):
    assert "ax.set_title('<b>\"Grüße\" & 漢</b>', fontsize=40)" in page.words
    assert 'Traceback: <student> said "no" & left' in page.words
    assert "<script>alert(1)</script>" in page.words


def test_the_walk_goes_from_the_picture_to_the_weights(page):
    assert '2. What the teacher reads after the task {"clip": "title right"}' in page.words
    assert "Most responsible: line 2, responsibility 1.00 (Eq. 4): its tokens weigh 4.00" in (
        page.words
    )
    assert "Advantage within its group: -0.10" in page.words


def test_seconds_of_stages_leave_the_compiling_update_out(page):
    assert "An update takes 5.0 s" in page.words
    assert "took 12.0 s" in page.words
    assert "rollouts 2.00 ± 0.00 s 40 %" in page.words


def test_a_run_without_updates_and_without_kept_pictures(tmp_path, quick):
    write_run(tmp_path, num_tasks=2, num_steps=0)
    for name in ("before", "after"):
        samples = read_episode(tmp_path / "eval", name)
        write_episode(tmp_path / "eval", name, samples, num_images=0)
    words = Page(write_report(tmp_path).read_text()).words
    assert words.count("No updates were made.") == 2
    assert "This picture was not kept." in words


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        (["after"], "Scores on held-out tasks"),
        (["before", "after"], "Scores on the rollouts of the newest update"),
    ],
)
def test_a_run_that_goes_on_is_shown_as_far_as_it_is(tmp_path, quick, missing, said):
    write_run(tmp_path, num_tasks=3, num_steps=1)
    for name in missing:
        (tmp_path / "eval" / f"{name}.jsonl").unlink()
    page = Page(write_report(tmp_path).read_text())
    assert "This run has not ended" in page.words
    assert said in page.words
    assert page.find("div", "single")


def test_two_runs_are_compared_on_the_tasks_that_both_have(tmp_path, quick):
    for name, tasks in (("first", 4), ("second", 6)):
        (tmp_path / name).mkdir()
        write_run(tmp_path / name, num_tasks=tasks, num_steps=1)
    config = {"seed": 6, "note": "<script>alert(1)</script>"}
    (tmp_path / "second" / "config.json").write_text(json.dumps(config))
    path = write_report(tmp_path / "first", compare=tmp_path / "second")
    assert path == tmp_path / "first" / "compared_with_second.html"
    words = Page(path.read_text()).words
    assert "first against second" in words
    assert "2 tasks that only one of the runs has are left out." in words
    assert "+0.0 ± 0.0" in words
    assert "seed 5 6" in words


def test_what_cannot_be_compared_is_said(tmp_path, quick):
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        write_run(tmp_path / name, num_tasks=2, num_steps=1)
    after = tmp_path / "second" / "eval" / "after.jsonl"
    text = after.read_text()
    before = after.with_name("before.jsonl")
    before.write_text(before.read_text().replace('"domain": "chart"', '"domain": "slide"'))
    with pytest.raises(ReportError, match="give two runs of one domain"):
        write_report(tmp_path / "first", compare=tmp_path / "second")
    before.unlink()
    after.write_text(text.replace("Draw bars", "Paint bars"))
    with pytest.raises(ReportError, match="no task in common"):
        write_report(tmp_path / "first", compare=tmp_path / "second")
    after.unlink()
    with pytest.raises(ReportError, match="no evaluation after training to compare with"):
        write_report(tmp_path / "first", compare=tmp_path / "second")
    assert list(tmp_path.rglob("*.html")) == []


def test_many_pictures_lie_beside_a_page_elsewhere(tmp_path, quick, monkeypatch):
    write_run(tmp_path, num_tasks=14, num_steps=1)
    monkeypatch.setattr(picture_files, "MOST_EMBEDDED", 3)
    path = write_report(tmp_path, out=tmp_path / "shared" / "page.html")
    files = list((tmp_path / "shared" / "page_files").iterdir())
    assert len(files) == 23  # of 28 rollouts, 5 without a picture
    page = Page(path.read_text())
    assert "img-src data: 'self' file:" in str(page.tags)
    sources = [a["src"] for tag, a in page.tags if tag == "img"]
    assert all(source.startswith("data:") for source in sources)  # the page alone shows its worst
    assert write_report(tmp_path, out=tmp_path / "other").parent == tmp_path / "other"


def test_a_report_that_fails_leaves_nothing_half_written(tmp_path, quick, monkeypatch):
    write_run(tmp_path, num_tasks=8, num_steps=1)
    monkeypatch.setattr(picture_files, "MOST_EMBEDDED", 1)
    (tmp_path / "eval" / "after" / "007.png").write_bytes(b"half")
    with pytest.raises(ValueError, match=r"007\.png: this is no picture"):
        write_report(tmp_path, out=tmp_path / "shared")
    assert list((tmp_path / "shared").iterdir()) == []


def test_halves_of_characters_are_written_as_such(tmp_path, quick):
    write_run(tmp_path, num_tasks=1, num_steps=0)
    sample = make_sample(0, text="a = 1\nb = '\ud800'\nc\n")
    write_episode(tmp_path / "eval", "after", [sample], num_images=0)
    assert "\\ud800" in write_report(tmp_path).read_text(encoding="utf-8")
