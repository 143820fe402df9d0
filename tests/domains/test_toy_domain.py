"""A domain of a hundred lines with a language of its own goes everywhere, with no change elsewhere.

fakes/svg is not in the package: it is named by its dotted name, as anybody's domain would be.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from configs import mini_chart
from vsdpo_jax import credit, explain, train
from vsdpo_jax.domains.base import load_domain
from vsdpo_jax.domains.pool import Job, RenderPool
from vsdpo_jax.records import Rollout, Task
from vsdpo_jax.run import stages
from vsdpo_jax.run.settings import Settings, SettingsError, from_config
from vsdpo_jax.runtime.episodes import Sample, read_episode
from vsdpo_jax.runtime.metrics import read_metrics

SVG = "fakes.svg"
GOOD = """<svg>
<rect x="10" y="10" width="30" height="20" fill="red"/>
<circle x="70" y="70" r="20" fill="blue"/>
</svg>"""
CUT = GOOD.replace('x="70"', 'x="90"')
BLANK = '<svg>\n<rect x="10" y="10" width="30" height="20" fill="white"/>\n</svg>'
ASKED = {"colors": ["red", "blue"]}


@pytest.fixture(scope="module", autouse=True)
def importable() -> object:
    """Workers find the domain beside these tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).parent))
        patch.setenv("PYTHONPATH", str(Path(__file__).parent))
        yield


@pytest.fixture(scope="module")
def pool() -> object:
    with RenderPool(SVG, num_workers=1, axis_weights={"clip": 3.0}) as opened:
        yield opened


def test_programs_are_rendered_and_judged(pool: RenderPool):
    sources = [GOOD, CUT, BLANK, "print(1)", GOOD.replace("blue", "green")]
    judged = pool.map([Job(source=source, asked=ASKED) for source in sources])
    assert [j.render.status for j in judged] == [
        "ok", "ok", "no_artifact", "program_error", "ok",
    ]  # fmt: skip
    assert [j.diagnosis.reward for j in judged] == [1.0, 0.5, 0.0, 0.0, 0.0]  # weights 3, 1, 2
    assert json.loads(judged[1].diagnosis.feedback) == {
        "clip": "circle 2 leaves the page", "contrast": "ok", "content": "ok",
    }  # fmt: skip
    (defect,) = judged[1].diagnosis.defects
    assert CUT[slice(*defect.spans[0])].startswith("<circle")


FILE = json.dumps([{"kind": "circle", "span": (0, 0), "x": "90", "y": "70", "r": "20"}]).encode()


def test_a_finished_file_is_judged_without_statements(pool: RenderPool):
    jobs = [Job(source="", file=FILE), Job(source="", file=b"junk"), Job(source=GOOD)]
    judged = pool.map(jobs)
    assert [j.render.status for j in judged] == ["ok", "program_error", "ok"]
    assert [d.kind for d in judged[0].diagnosis.defects] == ["cut"]


def test_files_are_for_domains_that_take_them():
    with RenderPool("chart", num_workers=1) as charts:
        (judged,) = charts.map([Job(source="", file=FILE)])
    assert judged.diagnosis.masked
    assert "judges programs only" in judged.render.error


def test_a_finished_file_is_explained(tmp_path: Path, capsys):
    path = tmp_path / "page.shapes"
    path.write_bytes(FILE)
    (tmp_path / "junk.shapes").write_bytes(b"junk")
    files = [str(path), str(tmp_path / "junk.shapes")]
    assert explain.main([f"--domain={SVG}", f"--out={tmp_path / 'out'}", *files]) == 0
    told = capsys.readouterr().out
    assert "circle 1 leaves the page" in told
    assert "junk.shapes: program_error, no picture" in told
    found = json.loads((tmp_path / "out" / "page" / "diagnosis.json").read_text())
    assert found["statements"] == []
    assert found["defects"][0]["kind"] == "cut"
    assert (tmp_path / "out" / "page" / "annotated.png").exists()


def test_wrong_options_are_refused(pool: RenderPool):
    assert pool.map([Job(source=GOOD, asked={"colours": []})])[0].diagnosis.masked
    with pytest.raises(ValueError, match=r"unknown axis .ticks.; domain .fakes\.svg. has clip"):
        RenderPool(SVG, num_workers=1, axis_weights={"ticks": 1.0}).__enter__()
    with pytest.raises(ValueError, match=r"unknown option .dark.; domain .fakes\.svg. has pale"):
        RenderPool(SVG, num_workers=1, options={"dark": 1}).__enter__()


def test_credit_goes_to_the_shape_and_its_tokens(pool: RenderPool):
    (judged,) = pool.map([Job(source=CUT, asked=ASKED)])
    language = load_domain(SVG).language
    assigned = credit.assign(CUT, judged.render.elements, judged.diagnosis.defects, 4.0, language)
    page, rect, circle = assigned
    assert (page.weight, rect.weight, circle.weight) == (1.0, 1.0, 4.0)
    assert (page.lines, rect.lines, circle.lines) == ((1, 4), (2, 2), (3, 3))
    text = f"Here:\n```svg\n{CUT}\n```"
    offsets = np.array([[i, i + 1] for i in range(len(text))], np.int32)
    rollout = Rollout(
        task_id="t", group_id=0, sample_id=0, policy_version=0,
        tokens_T=np.zeros(len(text), np.int32), logp_T=np.zeros(len(text), np.float32),
        offsets_T2=offsets, text=text, stop_reason="stop",
    )  # fmt: skip
    _, weight_T = stages.assign_credit(rollout, judged, 4.0, language=language)
    heavy = "".join(c for c, w in zip(text, weight_T, strict=True) if w == 4.0)
    assert heavy.strip() == CUT[slice(*circle.span)]


def test_explain_draws_it_and_names_the_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "page.svg"
    path.write_text(CUT)
    assert explain.main([f"--domain={SVG}", f"--out={tmp_path / 'out'}", str(path)]) == 0
    assert "circle 2 leaves the page [line 3]" in capsys.readouterr().out
    report = json.loads((tmp_path / "out" / "page" / "diagnosis.json").read_text())
    assert report["rubric"] == {"clip": False, "contrast": True}
    with Image.open(tmp_path / "out" / "page" / "annotated.png") as annotated:
        assert annotated.width > 100
    path.write_text(GOOD.replace("red", "#c8c8c8"))
    again = [f"--domain={SVG}", f"--out={tmp_path / 'out'}", str(path), "--option"]
    assert explain.main([*again, "pale=199"]) == 0
    assert "rect 1 is pale [line 2]" in capsys.readouterr().out
    assert explain.main([*again, "pale=300"]) == 2
    assert "options.pale: 300 must be 0 to 255" in capsys.readouterr().err
    asked = tmp_path / "asked.json"
    asked.write_text('{"colours": []}')
    assert explain.main(
        [f"--domain={SVG}", f"--out={tmp_path}", f"--asked={asked}", str(path)]
    ) == 2  # fmt: skip
    assert "expected an object with colors" in capsys.readouterr().err


def settings(folder: Path, **leaves: object) -> Settings:
    tasks = folder / "tasks.jsonl"
    if not tasks.exists():
        lines = [
            {"task_id": f"t{i}", "brief": f"Two shapes, {i}", "asked": ASKED} for i in range(4)
        ]
        tasks.write_text("\n".join(map(json.dumps, lines)))
    config = mini_chart.get_config()
    config.rubric.weights = {"clip": 1.0, "content": 2.0}
    for name, value in {
        "data.domain": SVG, "model.path": str(load_domain("chart").mini),
        "data.train": str(tasks), "data.heldout": str(tasks),
        "data.num_heldout": 2, "rollout.prompts_per_step": 2, "rollout.group_size": 4,
        "rollout.eval_batch": 2, "train.num_steps": 1, "rollout.max_new_tokens": 32, **leaves,
    }.items():  # fmt: skip
        group, leaf = name.split(".")
        config[group][leaf] = value
    return from_config(config)


def test_a_training_step_and_its_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The mini policy knows no SVG, so pages take the place of its texts."""
    sample = stages.sample_rollouts

    def pages(*args, **kwargs):
        rollouts = sample(*args, **kwargs)
        processor = args[2]
        return [_written(r, (GOOD, CUT)[i % 2], processor) for i, r in enumerate(rollouts)]

    monkeypatch.setattr(stages, "sample_rollouts", pages)
    chosen = settings(tmp_path, **{"rollout.max_new_tokens": 160})
    train.train(chosen, tmp_path / "run")
    (row,) = read_metrics(tmp_path / "run" / "metrics.jsonl")
    assert row["reward"] == pytest.approx((1 + 3 / 4) / 2)  # weights 1, 1 (the default), 2
    assert row["axis/clip"] == 0.5
    assert row["kl/credited"] > 0
    samples = read_episode(tmp_path / "run" / "episodes", "step_00000")
    assert any("circle 2 leaves the page" in s.judged.diagnosis.feedback for s in samples)
    page = (tmp_path / "run" / "report.html").read_text()
    assert "circle 2 leaves the page" in page
    # Evaluations credit the statements of this language, not Python's.
    (cut,) = [s for s in read_episode(tmp_path / "run" / "eval", "after") if _is_cut(s)]
    assert max(statement.responsibility for statement in cut.statements) == 1
    assert re.search(r'<span class="st w9"[^>]*>&lt;circle', page)


def _is_cut(sample: Sample) -> bool:
    return any(defect.axis == "clip" for defect in sample.judged.diagnosis.defects)


def _written(rollout: Rollout, text: str, processor: object) -> Rollout:
    tokens_T = processor.encode(text)
    decoded, offsets_T2 = processor.decode(tokens_T)
    assert decoded == text
    return Rollout(
        task_id=rollout.task_id, group_id=rollout.group_id, sample_id=rollout.sample_id,
        policy_version=rollout.policy_version, tokens_T=tokens_T,
        logp_T=np.full(len(tokens_T), -1.0, np.float32), offsets_T2=offsets_T2, text=text,
        stop_reason="stop",
    )  # fmt: skip


def test_what_the_domain_does_not_have_is_refused(tmp_path: Path):
    from vsdpo_jax.data.tasks import TaskFileError, open_tasks
    from vsdpo_jax.run import checks, opening

    with pytest.raises(TaskFileError, match=r"'fakes\.svg': this domain has no synthetic tasks"):
        open_tasks(domain=SVG, train="lab", heldout="lab", num_heldout=2, seed=0)
    config = mini_chart.get_config()
    config.data.domain = SVG  # with the weights of charts
    with pytest.raises(SettingsError, match=r"config\.rubric\.weights: unknown axis '\w+'; domain"):
        checks.check_domain(from_config(config))
    config.rubric.weights = {}
    config.data.options = {"pale": "very"}
    with pytest.raises(SettingsError, match=r"config\.data\.options\.pale: 'very' is no int"):
        checks.check_domain(from_config(config))
    config.data.options = {}
    with pytest.raises(SettingsError, match=r'"mini": domain .fakes\.svg. ships no model'):
        opening.model_folder(from_config(config))
    assert Task(task_id="t", domain=SVG, brief="b").domain == SVG
