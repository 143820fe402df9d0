"""The chat format of a model folder: messages to one text, by the folder's own jinja template."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from absl import logging
from jinja2 import TemplateError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from vsdpo_jax.rollout.pixels import PROCESSOR_FILE, read_object

SPECIAL_TOKENS = ("bos_token", "eos_token", "pad_token", "unk_token")
"""What templates may name of tokenizer_config.json."""
_OURS = ("messages", "add_generation_prompt", "tools", "documents", *SPECIAL_TOKENS)


class ChatTemplate:
    """A folder's template, compiled, with the special tokens that it may name."""

    def __init__(self, folder: Path, settings: Mapping[str, Any]) -> None:
        """Reads the template of ``folder``.

        Args:
          folder: a model folder.
          settings: the content of its tokenizer_config.json.

        Raises:
          FileNotFoundError: no template in any of the places where folders keep it.
          ValueError: one that is no jinja, or a special token that is no text.
        """
        self._folder = folder
        self._tokens = _special_tokens(folder, settings)
        environment, source = _environment(), _find_source(folder, settings)
        try:
            self._template = environment.from_string(source)
            read = meta.find_undeclared_variables(environment.parse(source))
        except TemplateError as error:
            raise ValueError(
                f"the chat template in {folder} is not valid jinja: {error}"
            ) from error
        self._arguments = sorted(read - {*_OURS, *environment.globals})

    def check_arguments(self, arguments: Mapping[str, Any]) -> None:
        """The template reads every one of ``arguments``: jinja itself would pass over the others.

        Raises:
          ValueError: it does not read one, or one is ours to give.
        """
        for name in arguments:
            if name not in self._arguments:
                known = ", ".join(self._arguments) or "none"
                raise ValueError(
                    f"{name!r} is no argument of the chat template in {self._folder}, which takes "
                    f"{known}"
                )

    def render(
        self,
        messages: Sequence[Mapping[str, Any]],
        *,
        add_generation_prompt: bool,
        arguments: Mapping[str, Any] | None = None,
    ) -> str:
        """``messages`` in the chat format.

        Args:
          messages: roles and contents.
          add_generation_prompt: end with the head of the model's turn.
          arguments: what else the template is told, such as enable_thinking.

        Raises:
          ValueError: the template refuses them, fails on them or writes nothing; an argument that
            it does not read.
        """
        arguments = arguments or {}
        self.check_arguments(arguments)
        try:
            text = self._template.render(
                messages=messages,
                add_generation_prompt=add_generation_prompt,
                tools=None,
                documents=None,
                **self._tokens,
                **arguments,
            )
        except TemplateError as error:
            raise ValueError(f"the chat template in {self._folder} refused: {error}") from error
        except Exception as error:  # a template may do what it likes with its messages
            raise ValueError(
                f"the chat template in {self._folder} failed on these messages "
                f"({type(error).__name__}: {error}); mend the template, or write them as it expects"
            ) from error
        if not text:
            raise ValueError(
                f"the chat template in {self._folder} writes nothing for these messages; take the "
                "one that the checkpoint came with"
            )
        return text


def _special_tokens(folder: Path, settings: Mapping[str, Any]) -> dict[str, str]:
    """Name -> text of those that the folder has; to templates the others are undefined."""
    tokens = {}
    for name in SPECIAL_TOKENS:
        entry = settings.get(name)
        if entry is None:
            continue
        token = entry.get("content") if isinstance(entry, Mapping) else entry
        if not isinstance(token, str):
            raise ValueError(
                f"{folder / 'tokenizer_config.json'}: {name} is {entry!r}; give a text, or an "
                "object with a text under 'content'"
            )
        tokens[name] = token
    return tokens


def _find_source(folder: Path, settings: Mapping[str, Any]) -> str:
    """The template that the reference's processor takes, of all places where folders keep one.

    Its tokenizer alone prefers chat_template.jinja to chat_template.json. Folders carry both once
    they were saved again, and differ where one was edited: that is said.
    """
    found = {place: text for place, text in _sources(folder, settings) if text is not None}
    if not found:
        raise FileNotFoundError(
            f"{folder} has no chat template: add chat_template.jinja, or chat_template.json or "
            "tokenizer_config.json with a text under 'chat_template', or a list with one named "
            "'default'"
        )
    (taken, template), *others = found.items()
    differing = [place for place, text in others if text.strip() != template.strip()]
    if differing:
        logging.warning(
            "%s: the chat template of %s counts, as for the reference's processor; %s another one",
            folder,
            taken,
            f"{' and '.join(differing)} {'hold' if len(differing) > 1 else 'holds'}",
        )
    return template


def _sources(folder: Path, settings: Mapping[str, Any]) -> Iterator[tuple[str, str | None]]:
    """(place, template or None), in the order of Qwen3VLProcessor.from_pretrained."""
    for name in (PROCESSOR_FILE, "chat_template.json"):
        path = folder / name
        yield name, _default(read_object(path).get("chat_template")) if path.exists() else None
    for name in ("chat_template.jinja", "additional_chat_templates/default.jinja"):
        path = folder / name
        yield name, path.read_text(encoding="utf-8") if path.exists() else None
    yield "tokenizer_config.json", _default(settings.get("chat_template"))


def _default(template: Any) -> str | None:
    """The text, or the one named "default" of several, which are a list in older folders."""
    if isinstance(template, list):
        named = [entry for entry in template if isinstance(entry, Mapping)]
        template = {entry.get("name"): entry.get("template") for entry in named}
    if isinstance(template, Mapping):
        template = template.get("default")
    return template if isinstance(template, str) else None


def _environment() -> ImmutableSandboxedEnvironment:
    """What published templates are written for: trimmed blocks, JSON that is not for HTML."""
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )
    environment.filters["tojson"] = _to_json
    environment.globals["raise_exception"] = _refuse
    return environment


def _to_json(
    value: Any,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    return json.dumps(
        value,
        ensure_ascii=ensure_ascii,
        indent=indent,
        separators=separators,
        sort_keys=sort_keys,
    )


def _refuse(message: str) -> None:
    raise TemplateError(message)
