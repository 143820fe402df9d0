"""The chat format of a model folder: messages to one text, by the folder's own jinja template."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import TemplateError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from vsdpo_jax.rollout.pixels import read_object

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
    """The three places in which published folders keep it, newest convention first."""
    if (folder / "chat_template.jinja").exists():
        return (folder / "chat_template.jinja").read_text(encoding="utf-8")
    if (folder / "chat_template.json").exists():
        template = read_object(folder / "chat_template.json").get("chat_template")
    else:
        template = settings.get("chat_template")
    if isinstance(template, list):  # older folders name several
        named = [entry for entry in template if isinstance(entry, Mapping)]
        template = {entry.get("name"): entry.get("template") for entry in named}.get("default")
    if not isinstance(template, str):
        raise FileNotFoundError(
            f"{folder} has no chat template: add chat_template.jinja, or chat_template.json or "
            "tokenizer_config.json with a text under 'chat_template', or a list with one named "
            "'default'"
        )
    return template


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
