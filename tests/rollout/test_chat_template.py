"""A folder's template writes what the reference's does, and its failures name the folder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from absl import logging

from vsdpo_jax.rollout.processor import Processor

CHAT = [{"role": "user", "content": "Ä <b> 日本"}, {"role": "assistant", "content": "b"}]
LOOP = "{% for m in messages %}{{ m.content }}|{% endfor %}"


@pytest.fixture
def folder(tokenizer_folder: Path, tmp_path: Path) -> Path:
    shutil.copytree(tokenizer_folder, tmp_path / "copy")
    return tmp_path / "copy"


def write(folder: Path, template: str) -> Path:
    (folder / "chat_template.jinja").write_text(template)
    return folder


def change(folder: Path, **changes: Any) -> None:
    """Sets entries of tokenizer_config.json; None removes one."""
    path = folder / "tokenizer_config.json"
    content = json.loads(path.read_text()) | changes
    path.write_text(json.dumps({name: value for name, value in content.items() if value}))


@pytest.mark.parametrize(
    "template",
    [
        "{{ bos_token }}" + LOOP + "{{ eos_token }}{{ pad_token }}",
        "{% if unk_token is defined %}{{ unk_token }}{% endif %}" + LOOP,
        LOOP + "{{ messages | tojson }}",
        LOOP + "{{ messages | tojson(indent=2) }}",
        LOOP + "{{ messages | tojson(ensure_ascii=True, separators=(',', ':'), sort_keys=True) }}",
        "{% if tools is not none or documents is not none %}TOOLS{% endif %}" + LOOP,
    ],
)
def test_templates_write_what_the_reference_writes(folder: Path, template: str) -> None:
    transformers = pytest.importorskip("transformers")
    object_token = {"__type": "AddedToken", "content": "<|vision_pad|>", "special": True}
    change(folder, bos_token="<|im_start|>", pad_token=object_token, unk_token="<|endoftext|>")
    write(folder, template)
    theirs = transformers.AutoTokenizer.from_pretrained(folder)
    expected = theirs.apply_chat_template(CHAT, tokenize=False, add_generation_prompt=True)
    assert Processor(folder).chat_text(CHAT) == expected


def test_special_tokens_are_those_of_the_tokenizer_config(folder: Path) -> None:
    write(folder, "{{ bos_token }}-{{ unk_token }}-{{ eos_token }}-{{ pad_token }}")
    assert Processor(folder).chat_text(CHAT) == "--<|im_end|>-<|endoftext|>"
    change(folder, unk_token={"content": "<?>"})
    assert Processor(folder).chat_text(CHAT) == "-<?>-<|im_end|>-<|endoftext|>"
    change(folder, bos_token=7)
    with pytest.raises(ValueError, match=r"tokenizer_config\.json: bos_token is 7; give a text"):
        Processor(folder)


@pytest.mark.parametrize("name", ["chat_template.json", "tokenizer_config.json"])
@pytest.mark.parametrize("is_list", [False, True])
def test_the_template_is_found_in_older_places(folder: Path, name: str, is_list: bool) -> None:
    template: Any = "{%- for m in messages %}{{ m.role|tojson }}|{{ m.content }}{% endfor %}"
    if is_list:
        others = [{"name": "tool_use", "template": "x"}, "odd"]
        template = [*others, {"name": "default", "template": template}]
    content = {"pad_token": "<|endoftext|>", "eos_token": "<|im_end|>", "chat_template": template}
    (folder / name).write_text(json.dumps(content))
    (folder / "chat_template.jinja").unlink()
    assert Processor(folder).chat_text([{"role": "user", "content": "x"}]) == '"user"|x'


PLACES = ("processor_config.json", "chat_template.json", "chat_template.jinja",
          "additional_chat_templates/default.jinja", "tokenizer_config.json")  # fmt: skip
"""In the order of the reference's processor."""


def put(folder: Path, place: str) -> None:
    """A template in ``place`` that writes its name, in the words of each kind of file."""
    template = f"{place}:{LOOP}"
    if place.endswith(".jinja"):
        (folder / place).parent.mkdir(exist_ok=True)
        (folder / place).write_text(template)
    else:
        path = folder / place
        content = json.loads(path.read_text()) if path.exists() else {}
        path.write_text(json.dumps(content | {"chat_template": template}))


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # the reference's
@pytest.mark.parametrize("first", range(len(PLACES)))
def test_the_template_of_the_references_processor_counts(
    folder: Path, first: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its tokenizer alone would take chat_template.jinja; differing templates are said."""
    transformers = pytest.importorskip("transformers")
    (folder / "chat_template.jinja").unlink()
    for place in PLACES[first:]:
        put(folder, place)
    said = []
    monkeypatch.setattr(logging, "warning", lambda text, *values: said.append(text % values))
    assert Processor(folder).chat_text(CHAT).partition(":")[0] == PLACES[first]
    others = PLACES[first + 1 :]
    assert len(said) == bool(others)
    assert all(f"the chat template of {PLACES[first]} counts" in text for text in said)
    assert all(place in text for place in others for text in said)
    if PLACES[first] == "tokenizer_config.json" or "chat_template.json" in PLACES[first:]:
        return  # the tokenizer's own; or separate templates, which its processor refuses beside it
    content, _ = transformers.ProcessorMixin.get_processor_dict(folder)
    found = content["chat_template"]
    found = found if isinstance(found, str) else found["default"]
    assert found.partition(":")[0] == PLACES[first]


def test_the_processors_json_comes_before_the_tokenizers_jinja(folder: Path) -> None:
    transformers = pytest.importorskip("transformers")
    put(folder, "chat_template.json")
    content, _ = transformers.ProcessorMixin.get_processor_dict(folder)
    assert content["chat_template"].startswith("chat_template.json:")
    assert Processor(folder).chat_text(CHAT).startswith("chat_template.json:")
    put(folder, "processor_config.json")
    content, _ = transformers.ProcessorMixin.get_processor_dict(folder)
    assert content["chat_template"].startswith("processor_config.json:")
    assert Processor(folder).chat_text(CHAT).startswith("processor_config.json:")


def test_equal_templates_in_two_places_are_nothing_to_say(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = (folder / "chat_template.jinja").read_text()
    (folder / "chat_template.json").write_text(json.dumps({"chat_template": template.strip()}))
    monkeypatch.setattr(logging, "warning", None)
    assert Processor(folder).chat_text(CHAT)


def test_a_list_without_a_default_template_is_refused(folder: Path) -> None:
    change(folder, chat_template=[{"name": "rag", "template": LOOP}])
    (folder / "chat_template.jinja").unlink()
    with pytest.raises(FileNotFoundError, match=r"has no chat template: .* one named 'default'"):
        Processor(folder)


@pytest.mark.parametrize(
    ("template", "match"),
    [
        ("{{ raise_exception('no system turns') }}", "copy refused: no system turns"),
        ("{{ foo.bar }}", "copy refused: 'foo' is undefined"),
        ("{% for m in messages %}{{ m.content + 5 }}{% endfor %}", r"copy failed on .*TypeError"),
        ("{{ 1 // 0 }}", r"copy failed on these messages \(ZeroDivisionError"),
        ("{% for m in messages %}{% endfor %}", "copy writes nothing for these messages"),
        ("", "copy writes nothing for these messages"),
    ],
)
def test_a_template_that_cannot_write_a_chat_is_named(
    folder: Path, template: str, match: str
) -> None:
    processor = Processor(write(folder, template))
    for encode in (processor.chat_text, processor.encode_chat, processor.encode_multimodal):
        with pytest.raises(ValueError, match=f"the chat template in .*{match}"):
            encode([{"role": "system", "content": "x"}])


def test_a_template_that_is_no_jinja_is_named(folder: Path) -> None:
    with pytest.raises(ValueError, match=r"the chat template in .*copy is not valid jinja"):
        Processor(write(folder, "{% for %}"))
