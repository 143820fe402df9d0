"""Sizes and constants of a Qwen3-VL model, read from and written to Hugging Face's config.json."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MODEL_TYPE = "qwen3_vl"
TEXT_MODEL_TYPE = "qwen3_vl_text"


class ConfigError(ValueError):
    """A config.json that does not describe a model of this family."""


@dataclass(frozen=True, kw_only=True)
class Qwen3VLConfig:
    """The text tower's sizes, and everything else of config.json as it was read.

    Attributes:
      vocab_size: rows of the embedding table; the tokenizer may use fewer.
      hidden_size: D, width of the residual stream.
      intermediate_size: width of the gated MLP.
      num_hidden_layers: L.
      num_attention_heads, num_key_value_heads: N and K; N is a multiple of K.
      head_dim: H, independent of hidden_size / N.
      rms_norm_eps: added to the mean square in every norm.
      rope_theta: base of the rotary frequencies.
      mrope_section: how many of the H / 2 frequencies follow time, height and width.
      max_position_embeddings: longest sequence the weights were trained for, in tokens.
      tie_word_embeddings: the head is the embedding table.
      initializer_range: standard deviation of fresh embeddings.
      raw: config.json as read; what no attribute names (the vision tower, special token ids)
        passes through ``to_hf`` unchanged.
    """

    vocab_size: int
    hidden_size: int
    intermediate_size: int
    num_hidden_layers: int
    num_attention_heads: int
    num_key_value_heads: int
    head_dim: int
    rms_norm_eps: float
    rope_theta: float
    mrope_section: tuple[int, int, int]
    max_position_embeddings: int
    tie_word_embeddings: bool
    initializer_range: float = 0.02
    raw: dict[str, Any] = field(default_factory=dict, hash=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        for name in _COUNTS:
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} is {getattr(self, name)}; it has to be 1 or more")
        if self.num_attention_heads % self.num_key_value_heads:
            raise ConfigError(
                f"num_attention_heads is {self.num_attention_heads}, no multiple of "
                f"num_key_value_heads, which is {self.num_key_value_heads}"
            )
        if len(self.mrope_section) != 3 or 2 * sum(self.mrope_section) != self.head_dim:
            raise ConfigError(
                f"mrope_section is {list(self.mrope_section)}; it has to be three numbers whose "
                f"sum is head_dim / 2 = {self.head_dim / 2:g}"
            )
        if 3 * max(self.mrope_section[1:]) > self.head_dim // 2 + 2:
            raise ConfigError(
                f"mrope_section is {list(self.mrope_section)}: height and width take every third "
                f"of {self.head_dim // 2} frequencies, so neither can have more than a third"
            )

    @property
    def vision_config(self) -> dict[str, Any] | None:
        """Settings of the vision tower as read; None for a model that has none."""
        return self.raw.get("vision_config")

    @classmethod
    def from_hf(cls, config: Mapping[str, Any]) -> Qwen3VLConfig:
        """Reads the content of a config.json, with either spelling of the rotary settings.

        Raises:
          ConfigError: another model family, or fields that are missing, mistyped or unsupported;
            all missing fields are named at once.
        """
        if config.get("model_type") != MODEL_TYPE:
            raise ConfigError(
                f"model_type is {config.get('model_type')!r}; this code runs {MODEL_TYPE!r} only"
            )
        text = config.get("text_config")
        if not isinstance(text, Mapping):
            raise ConfigError(
                "text_config is missing; a Qwen3-VL config.json holds it as an object"
            )
        missing = [name for name in (*_COUNTS, "rms_norm_eps") if name not in text]
        if missing:
            raise ConfigError(f"text_config lacks {', '.join(missing)}")
        counts = {name: _number(text, name, int) for name in _COUNTS}
        _check_supported(text)
        theta, section = _rope(text)
        tied = config.get("tie_word_embeddings", text.get("tie_word_embeddings"))
        if not isinstance(tied, bool):
            raise ConfigError(
                f"tie_word_embeddings is {tied!r}; say true or false at the top level"
            )
        return cls(
            **counts,
            rms_norm_eps=_number(text, "rms_norm_eps", float),
            rope_theta=theta,
            mrope_section=section,
            tie_word_embeddings=tied,
            initializer_range=float(text.get("initializer_range", 0.02)),
            raw=copy.deepcopy(dict(config)),
        )

    def to_hf(self) -> dict[str, Any]:
        """The content of a config.json, with both spellings of the rotary settings.

        transformers 4.57 reads rope_theta and rope_scaling, 5.x reads rope_parameters.
        """
        config = copy.deepcopy(self.raw)
        config.setdefault("architectures", ["Qwen3VLForConditionalGeneration"])
        config["model_type"] = MODEL_TYPE
        config["tie_word_embeddings"] = self.tie_word_embeddings
        text = config.setdefault("text_config", {})
        text.setdefault("hidden_act", "silu")
        text.setdefault("attention_bias", False)
        text |= {name: getattr(self, name) for name in _COUNTS}
        rope = {
            "rope_type": "default",
            "mrope_interleaved": True,
            "mrope_section": list(self.mrope_section),
        }
        text |= {
            "model_type": TEXT_MODEL_TYPE,
            "rms_norm_eps": self.rms_norm_eps,
            "initializer_range": self.initializer_range,
            "tie_word_embeddings": self.tie_word_embeddings,
            "rope_theta": self.rope_theta,
            "rope_scaling": rope,
            "rope_parameters": {**rope, "rope_theta": self.rope_theta},
        }
        return config


_COUNTS = (
    "vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads",
    "num_key_value_heads", "head_dim", "max_position_embeddings",
)  # fmt: skip


def _number(text: Mapping[str, Any], name: str, kind: type) -> Any:
    value = text[name]
    if isinstance(value, bool) or not isinstance(value, int if kind is int else (int, float)):
        raise ConfigError(f"text_config.{name} is {value!r}; expected {kind.__name__}")
    return kind(value)


def _check_supported(text: Mapping[str, Any]) -> None:
    """What the reference implementation could do and ours does not is refused, not ignored."""
    for name, supported in (("hidden_act", "silu"), ("attention_bias", False)):
        if text.get(name, supported) != supported:
            raise ConfigError(
                f"text_config.{name} is {text[name]!r}; only {supported!r} is supported"
            )
    if text.get("num_experts"):
        raise ConfigError("text_config.num_experts is set: mixture-of-experts is not supported")


def _rope(text: Mapping[str, Any]) -> tuple[float, tuple[int, int, int]]:
    """rope_theta and mrope_section, from rope_parameters or from rope_theta and rope_scaling."""
    rope = dict(text.get("rope_scaling") or {}) | dict(text.get("rope_parameters") or {})
    theta = rope.get("rope_theta", text.get("rope_theta"))
    if isinstance(theta, bool) or not isinstance(theta, int | float):
        raise ConfigError(
            f"rope_theta is {theta!r}: text_config needs it, or rope_parameters.rope_theta"
        )
    kind = rope.get("rope_type", rope.get("type", "default"))
    if kind != "default":
        raise ConfigError(f"rope_type is {kind!r}; only 'default' is supported")
    if rope.get("mrope_interleaved", True) is not True:
        raise ConfigError("mrope_interleaved is false; Qwen3-VL interleaves, other families do not")
    section = rope.get("mrope_section")
    if not isinstance(section, list | tuple) or not all(isinstance(n, int) for n in section):
        raise ConfigError(
            f"mrope_section is {section!r}: text_config needs it as three integers in "
            "rope_parameters or rope_scaling"
        )
    if len(section) != 3:
        raise ConfigError(f"mrope_section is {list(section)}; it has to be three numbers")
    return float(theta), (section[0], section[1], section[2])
