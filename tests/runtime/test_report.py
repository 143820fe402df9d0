import base64
import html
import io
import json
import re
from html.parser import HTMLParser

import pytest
from PIL import Image
from runtime_samples import make_sample, write_run

from vsdpo_jax.runtime.episodes import read_episode, write_episode
from vsdpo_jax.runtime.report import GALLERY_TASKS, format_table, write_report

VOID = {"meta", "img", "br"}
OPTIONAL_END = {"html"}


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

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.text.append(data)

    def count(self, tag, css_class):
        return sum(one == tag and attrs.get("class") == css_class for one, attrs in self.tags)


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


def test_the_page_needs_nothing_from_outside(workdir):
    text = (workdir / "report.html").read_text(encoding="utf-8")
    markup = re.sub(r"base64,[^\"]*", "", text)
    assert not re.search(r"https?:|//|@import|url\(", markup)
    tags = Page(text).tags
    assert not {"script", "link", "iframe", "object"} & {tag for tag, _ in tags}
    for tag, attrs in tags:
        assert "href" not in attrs
        if tag == "img":
            head, data = (attrs["src"] or "").split(",")
            assert head == "data:image/png;base64"
            Image.open(io.BytesIO(base64.b64decode(data))).verify()


def test_the_figures_of_the_summary_are_on_the_page(page):
    text = " ".join("".join(page.text).split())
    assert "41.2 → 88.0" in text
    assert "+46.8 ± 4.2" in text  # sqrt(3^2 + 3^2)
    assert "2 min 51 s" in text
    assert "6 updates, seed 5" in text
    # sqrt(25 * 75 / 19) and sqrt(65 * 35 / 19)
    assert "25.0 ± 9.9" in text
    assert "65.0 ± 10.9" in text


def test_every_task_of_the_gallery_is_there_twice(page):
    text = "".join(page.text)
    tasks = re.findall(r"Draw bars <(\d+)> & a title", text)
    assert len(tasks) == GALLERY_TASKS + 1  # and the rollout that is followed through
    assert len(set(tasks)) >= GALLERY_TASKS
    headings = ["".join(pair) for pair in re.findall(r"(before|after): (\d+)", "|".join(page.text))]
    assert len(headings) == 2 * GALLERY_TASKS
    assert {"before0", "after100", "after50"} <= set(headings)


def test_texts_of_programs_do_not_become_markup(page, workdir):
    text = "".join(page.text)
    assert "ax.set_title('<b>\"Grüße\" & 漢</b>', fontsize=40)" in text
    assert 'Traceback: <student> said "no" & left' in text
    assert "the title <leaves> the picture (clip)" in text
    assert "<script>alert(1)</script>" in text
    assert page.count("pre", "failure") > 0


def test_weights_colour_exactly_the_tokens_that_have_them(workdir):
    text = (workdir / "report.html").read_text(encoding="utf-8")
    sample = make_sample(0)
    marked = "".join(
        sample.rollout.text[start:end]
        for (start, end), weight in zip(sample.rollout.offsets_T2, sample.weight_T, strict=True)
        if weight > 1
    )
    pattern = r'<mark style="--w:([\d.]+)" title="weight ([\d.]+)">(.*?)</mark>'
    marks = re.findall(pattern, text, re.DOTALL)
    assert marks
    for share, weight, content in marks:
        assert (share, weight) == ("1.00", "4.00")
        assert html.unescape(content) == marked


def test_boxes_lie_on_the_defects_in_percent_of_the_picture(workdir):
    text = (workdir / "report.html").read_text(encoding="utf-8")
    boxes = set(re.findall(r'<i style="([^"]*)"', text))
    # region (4, 2.5, 40, 10) in a picture of 64 x 48 pixels
    assert boxes == {"left:6.25%;top:5.21%;width:62.50%;height:20.83%"}


def test_seconds_per_stage_leave_the_compiling_update_out(page):
    text = " ".join("".join(page.text).split())
    assert "An update takes 5.0 s" in text
    assert "took 12.0 s" in text
    assert "rollouts 2.00 s 40 %" in text.replace("2.00 s40 %", "2.00 s 40 %").replace(
        "rollouts2.00", "rollouts 2.00"
    )


def test_six_panels_and_a_column_that_is_missing_leaves_its_panel_out(page, workdir, tmp_path):
    assert page.count("img", "curve") == 6
    write_run(tmp_path, num_tasks=2)
    rows = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    for row in rows:
        del row["policy/entropy"]
    (tmp_path / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert Page(write_report(tmp_path).read_text()).count("img", "curve") == 5


def test_a_run_without_updates_and_without_kept_pictures(tmp_path):
    write_run(tmp_path, num_tasks=2, num_steps=0)
    for name in ("before", "after"):
        samples = read_episode(tmp_path / "eval", name)
        write_episode(tmp_path / "eval", name, samples, num_images=0)
    text = "".join(Page(write_report(tmp_path).read_text()).text)
    assert text.count("No updates were made.") == 2
    assert "This picture was not kept." in text


def test_a_run_that_has_not_ended_is_an_error_that_names_the_file(tmp_path):
    write_run(tmp_path, num_tasks=2, num_steps=1)
    (tmp_path / "eval" / "after.jsonl").unlink()
    with pytest.raises(FileNotFoundError, match=r"after\.jsonl"):
        write_report(tmp_path)
    (tmp_path / "summary.json").unlink()
    with pytest.raises(FileNotFoundError, match=r"summary\.json"):
        write_report(tmp_path)


def test_evaluations_of_different_tasks_are_not_compared(tmp_path):
    write_run(tmp_path, num_tasks=3)
    write_episode(tmp_path / "eval", "after", [make_sample(9) for _ in range(3)], num_images=0)
    with pytest.raises(ValueError, match="different tasks"):
        write_report(tmp_path)


def test_the_table_for_a_terminal():
    column = {
        "score": 55.25,
        "stderr": 1.0,
        "exec_rate": 0.9,
        "axes": {"clip": 0.5},
        "num_tasks": 64,
    }
    other = {**column, "score": 88.0, "axes": {"clip": 0.75, "range": 1.0}}
    assert format_table({"before": column, "after": other}).splitlines() == [
        "held-out tasks                before             after",
        "score (0-100)             55.2 ± 1.0        88.0 ± 1.0",
        "runs                            0.90              0.90",
        "clip                            0.50              0.75",
        "range                            nan              1.00",
        "tasks                             64                64",
    ]
