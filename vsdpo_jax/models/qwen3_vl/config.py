"""Sizes and constants of a Qwen3-VL model, read from and written to Hugging Face's config.json."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MODEL_TYPE, MOE_MODEL_TYPE = "qwen3_vl", "qwen3_vl_moe"


class ConfigError(ValueError):
    """A config.json that does not describe a model of this family."""


@dataclass(frozen=True, kw_only=True)
class VisionConfig:
    """The vision tower's sizes.

    Attributes:
      depth: number of blocks.
      hidden_size: E, width of a patch.
      intermediate_size: width of the MLP.
      num_heads: attention heads; their width E / num_heads is a multiple of 4, because the rotary
        embedding turns pairs by row and by column.
      in_channels: colours of a pixel.
      patch_size, temporal_patch_size: pixels along either side of a patch, and frames.
      spatial_merge_size: this many patches squared become one token.
      num_position_embeddings: rows of the position table, the square of its side.
      out_hidden_size: width of the tokens; the text tower's hidden_size.
      deepstack_visual_indexes: blocks whose output goes to the text tower's first layers,
        ascending; empty for none.
    """

    depth: int
    hidden_size: int
    intermediate_size: int
    num_heads: int
    in_channels: int = 3
    patch_size: int
    temporal_patch_size: int
    spatial_merge_size: int
    num_position_embeddings: int
    out_hidden_size: int
    deepstack_visual_indexes: tuple[int, ...]

    def __post_init__(self) -> None:
        _check_positive(self, _VISION_COUNTS, "vision_config.")
        if self.hidden_size % (4 * self.num_heads):
            raise ConfigError(
                f"vision_config.hidden_size is {self.hidden_size} with {self.num_heads} heads; a "
                "head's width has to be a multiple of 4, for its rotary embedding in two directions"
            )
        if math.isqrt(self.num_position_embeddings) ** 2 != self.num_position_embeddings:
            raise ConfigError(
                f"vision_config.num_position_embeddings is {self.num_position_embeddings}; it has "
                "to be a square number"
            )
        levels = self.deepstack_visual_indexes
        if list(levels) != sorted(set(levels) & set(range(self.depth))):
            raise ConfigError(
                f"vision_config.deepstack_visual_indexes is {list(levels)}; it has to be ascending "
                f"block numbers below depth, which is {self.depth}"
            )

    @property
    def patch_values(self) -> int:
        """C, numbers in one patch, flattened in the order (channel, frame, row, column)."""
        return self.in_channels * self.temporal_patch_size * self.patch_size**2

    @property
    def patches_per_token(self) -> int:
        """Patches that the merger makes into one token."""
        return self.spatial_merge_size**2

    @property
    def table_side(self) -> int:
        """Rows, and columns, of the learned position grid."""
        return math.isqrt(self.num_position_embeddings)


@dataclass(frozen=True, kw_only=True)
class ExpertsConfig:
    """The mixture of experts that stands in every layer in place of the MLP.

    Attributes:
      num_experts: E.
      num_experts_per_tok: K, how many of them a token goes through.
      moe_intermediate_size: hidden units of each.
    """

    num_experts: int
    num_experts_per_tok: int
    moe_intermediate_size: int

    def __post_init__(self) -> None:
        _check_positive(self, _EXPERT_COUNTS, "text_config.")
        if self.num_experts_per_tok > self.num_experts:
            raise ConfigError(
                f"text_config.num_experts_per_tok is {self.num_experts_per_tok}, but there are "
                f"{self.num_experts} experts (num_experts)"
            )


@dataclass(frozen=True, kw_only=True)
class Qwen3VLConfig:
    """The sizes of both towers, and everything else of config.json as it was read.

    Attributes:
      vocab_size: rows of the embedding table; the tokenizer may use fewer.
      hidden_size: D, width of the residual stream.
      intermediate_size: width of the gated MLP; a mixture of experts does not use it.
      num_hidden_layers: L.
      num_attention_heads, num_key_value_heads: N and K; N is a multiple of K.
      head_dim: H, independent of hidden_size / N.
      rms_norm_eps: added to the mean square in every norm.
      rope_theta: base of the rotary frequencies.
      mrope_section: how many of the H / 2 frequencies follow time, height and width.
      max_position_embeddings: longest sequence the weights were trained for, in tokens.
      tie_word_embeddings: the head is the embedding table; a config.json that does not say it
        means false.
      initializer_range: standard deviation of fresh embeddings.
      vision: the vision tower's sizes; None for a model that reads text alone.
      experts: the mixture of Qwen3-VL-MoE; None for a dense model.
      image_token_id: the placeholder that an image's tokens stand in for.
      video_token_id, vision_start_token_id, vision_end_token_id: the family's other markers.
      raw: config.json as read; what no attribute names passes through ``to_hf`` unchanged, but for
        quantization settings: what is written is plain.
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
    vision: VisionConfig | None = None
    experts: ExpertsConfig | None = None
    image_token_id: int | None = None
    video_token_id: int | None = None
    vision_start_token_id: int | None = None
    vision_end_token_id: int | None = None
    raw: dict[str, Any] = field(default_factory=dict, hash=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        _check_positive(self, _COUNTS)
        for name, is_possible, wanted in (
            ("rms_norm_eps", self.rms_norm_eps > 0, "above 0"),
            ("rope_theta", self.rope_theta > 0, "above 0"),
            ("initializer_range", self.initializer_range >= 0, "0 or more"),
        ):
            if not is_possible or not math.isfinite(getattr(self, name)):
                raise ConfigError(f"{name} is {getattr(self, name)}; it has to be {wanted}")
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
        if min(self.mrope_section) < 0:
            raise ConfigError(
                f"mrope_section is {list(self.mrope_section)}; none of them can be below 0"
            )
        if 3 * max(self.mrope_section[1:]) > self.head_dim // 2 + 2:
            raise ConfigError(
                f"mrope_section is {list(self.mrope_section)}: height and width take every third "
                f"of {self.head_dim // 2} frequencies, so neither can have more than a third"
            )
        if self.vision is not None:
            self._check_towers_fit(self.vision)

    def _check_towers_fit(self, vision: VisionConfig) -> None:
        if vision.out_hidden_size != self.hidden_size:
            raise ConfigError(
                f"vision_config.out_hidden_size is {vision.out_hidden_size}, but the text tower's "
                f"hidden_size is {self.hidden_size}; they have to be equal"
            )
        if len(vision.deepstack_visual_indexes) > self.num_hidden_layers:
            raise ConfigError(
                f"vision_config.deepstack_visual_indexes has {len(vision.deepstack_visual_indexes)}"
                f" levels for {self.num_hidden_layers} text layers; it can have one for each"
            )
        if self.image_token_id is None or not 0 <= self.image_token_id < self.vocab_size:
            raise ConfigError(
                f"image_token_id is {self.image_token_id}; a model with a vision tower needs it, "
                f"below vocab_size, which is {self.vocab_size}"
            )

    @classmethod
    def from_hf(cls, config: Mapping[str, Any]) -> Qwen3VLConfig:
        """Reads the content of a config.json, with either spelling of the rotary settings.

        Raises:
          ConfigError: another model family, or fields that are missing, mistyped or unsupported;
            all missing fields are named at once.
        """
        family = config.get("model_type")
        if family not in (MODEL_TYPE, MOE_MODEL_TYPE):
            raise ConfigError(
                f"model_type is {family!r}; this code runs {MODEL_TYPE!r} and {MOE_MODEL_TYPE!r}"
            )
        text = config.get("text_config")
        if not isinstance(text, Mapping):
            raise ConfigError(
                "text_config is missing; a Qwen3-VL config.json holds it as an object"
            )
        has_experts = family == MOE_MODEL_TYPE
        if has_experts and "num_local_experts" in text:  # as transformers 5 spells it
            text = {"num_experts": text["num_local_experts"]} | dict(text)
        needed = (*_COUNTS, "rms_norm_eps", *(_EXPERT_COUNTS if has_experts else ()))
        missing = [name for name in needed if name not in text]
        if missing:
            raise ConfigError(f"text_config lacks {', '.join(missing)}")
        counts = {name: _number(text, name, int, "text_config.") for name in _COUNTS}
        _check_supported(text, has_experts=has_experts)
        vision = config.get("vision_config")
        theta, section = _rope(text)
        tied = config.get("tie_word_embeddings", text.get("tie_word_embeddings", False))
        if not isinstance(tied, bool):
            raise ConfigError(
                f"tie_word_embeddings is {tied!r}; say true or false at the top level, or nothing, "
                "which means false"
            )
        return cls(
            **counts,
            rms_norm_eps=_number(text, "rms_norm_eps", float, "text_config."),
            rope_theta=theta,
            mrope_section=section,
            tie_word_embeddings=tied,
            initializer_range=_number(
                {"initializer_range": 0.02} | dict(text), "initializer_range", float, "text_config."
            ),
            vision=None if vision is None else _read_vision(vision),
            experts=_read_experts(text) if has_experts else None,
            **_read_token_ids(config),
            raw=copy.deepcopy(dict(config)),
        )

    def to_hf(self) -> dict[str, Any]:
        """The content of a config.json, with both spellings of what has two.

        transformers 4.57 reads rope_theta, rope_scaling and num_experts, 5.x rope_parameters and
        num_local_experts.
        """
        config = _without_quantization(copy.deepcopy(self.raw))
        family = MODEL_TYPE if self.experts is None else MOE_MODEL_TYPE
        config.setdefault("architectures", [_ARCHITECTURES[family]])
        config["model_type"] = family
        config["tie_word_embeddings"] = self.tie_word_embeddings
        config |= {
            name: getattr(self, name) for name in _TOKEN_IDS if getattr(self, name) is not None
        }
        vision = config.pop("vision_config", None)
        if self.vision is not None:
            config["vision_config"] = {"model_type": family} | _written_vision(
                self.vision, vision or {}
            )
        text = _without_quantization(config.setdefault("text_config", {}))
        text.setdefault("hidden_act", "silu")
        text.setdefault("attention_bias", False)
        text |= {name: getattr(self, name) for name in _COUNTS}
        if self.experts is not None:
            text |= {name: getattr(self.experts, name) for name in _EXPERT_COUNTS}
            text["num_local_experts"] = self.experts.num_experts
            text |= {"decoder_sparse_step": 1, "mlp_only_layers": [], "norm_topk_prob": True}
        rope = {
            "rope_type": "default",
            "mrope_interleaved": True,
            "mrope_section": list(self.mrope_section),
        }
        text |= {
            "model_type": f"{family}_text",
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
_EXPERT_COUNTS = ("num_experts", "num_experts_per_tok", "moe_intermediate_size")
_ARCHITECTURES = {
    MODEL_TYPE: "Qwen3VLForConditionalGeneration",
    MOE_MODEL_TYPE: "Qwen3VLMoeForConditionalGeneration",
}
_VISION_COUNTS = (
    "depth", "hidden_size", "intermediate_size", "num_heads", "in_channels", "patch_size",
    "temporal_patch_size", "spatial_merge_size", "num_position_embeddings", "out_hidden_size",
)  # fmt: skip
_TOKEN_IDS = {
    "image_token_id": 151655, "video_token_id": 151656, "vision_start_token_id": 151652,
    "vision_end_token_id": 151653,
}  # fmt: skip
"""With the ids of all published models, which a config.json with a vision tower may leave out."""
_QUANTIZATION = ("quantization_config", "quantization")
"""Where config.json says how weights are packed, as transformers and as mlx write it."""
_VISION_ACTIVATION = "gelu_pytorch_tanh"
_VISION_ROPE_THETA = 10000.0


def _check_positive(sizes: Any, names: tuple[str, ...], prefix: str = "") -> None:
    for name in names:
        if getattr(sizes, name) < 1:
            raise ConfigError(f"{prefix}{name} is {getattr(sizes, name)}; it has to be 1 or more")


def _number(section: Mapping[str, Any], name: str, kind: type, prefix: str = "") -> Any:
    value = section[name]
    if isinstance(value, bool) or not isinstance(value, int if kind is int else (int, float)):
        raise ConfigError(f"{prefix}{name} is {value!r}; expected {kind.__name__}")
    return kind(value)


def _read_token_ids(config: Mapping[str, Any]) -> dict[str, int]:
    defaults = _TOKEN_IDS if config.get("vision_config") is not None else {}
    found = {name: config[name] for name in _TOKEN_IDS if name in config}
    found = {name: value for name, value in (defaults | found).items() if value is not None}
    return {name: _number(found, name, int) for name in found}


def quantization(config: Mapping[str, Any]) -> str:
    """How config.json says that weights are packed ("fp8", "awq", ...); "" where it does not."""
    for section in (config, config.get("text_config")):
        for name in _QUANTIZATION:
            packed = section.get(name) if isinstance(section, Mapping) else None
            if isinstance(packed, Mapping):
                bits = f"{packed['bits']} bits" if "bits" in packed else name
                return str(packed.get("quant_method") or packed.get("mode") or bits)
    return ""


def _without_quantization(section: dict[str, Any]) -> dict[str, Any]:
    for name in _QUANTIZATION:
        section.pop(name, None)
    return section


def _object(section: Mapping[str, Any], name: str, prefix: str = "") -> Mapping[str, Any]:
    """An object that may be missing or null."""
    value = section.get(name)
    if value is not None and not isinstance(value, Mapping):
        raise ConfigError(f"{prefix}{name} is {value!r}; expected an object, or nothing")
    return value or {}


def _read_vision(vision: Any) -> VisionConfig:
    """vision_config of a config.json; only the number of colours may be left out."""
    if not isinstance(vision, Mapping):
        raise ConfigError(f"vision_config is {vision!r}; expected an object, or nothing")
    vision = {"in_channels": 3} | dict(vision)
    missing = [n for n in (*_VISION_COUNTS, "deepstack_visual_indexes") if n not in vision]
    if missing:
        raise ConfigError(f"vision_config lacks {', '.join(missing)}")
    levels = vision["deepstack_visual_indexes"]
    if not isinstance(levels, list | tuple) or not all(type(n) is int for n in levels):
        raise ConfigError(
            f"vision_config.deepstack_visual_indexes is {levels!r}; expected a list of integers"
        )
    activation = vision.get("hidden_act", _VISION_ACTIVATION)
    if activation != _VISION_ACTIVATION:
        raise ConfigError(
            f"vision_config.hidden_act is {activation!r}; only {_VISION_ACTIVATION!r} is supported"
        )
    rope = _object(vision, "rope_parameters", "vision_config.")
    theta = rope.get("rope_theta", _VISION_ROPE_THETA)
    if theta != _VISION_ROPE_THETA:
        raise ConfigError(
            f"vision_config.rope_parameters.rope_theta is {theta!r}; only {_VISION_ROPE_THETA:g} "
            "is supported"
        )
    return VisionConfig(
        **{name: _number(vision, name, int, "vision_config.") for name in _VISION_COUNTS},
        deepstack_visual_indexes=tuple(levels),
    )


def _written_vision(vision: VisionConfig, raw: dict[str, Any]) -> dict[str, Any]:
    """vision_config as read, with the sizes of ``vision``."""
    written = {"hidden_act": _VISION_ACTIVATION} | raw
    written |= {name: getattr(vision, name) for name in _VISION_COUNTS}
    return written | {"deepstack_visual_indexes": list(vision.deepstack_visual_indexes)}


def _read_experts(text: Mapping[str, Any]) -> ExpertsConfig:
    return ExpertsConfig(
        **{name: _number(text, name, int, "text_config.") for name in _EXPERT_COUNTS}
    )


def _check_supported(text: Mapping[str, Any], *, has_experts: bool) -> None:
    """What the reference implementation could do and ours does not is refused, not ignored."""
    supported: dict[str, Any] = {"hidden_act": "silu", "attention_bias": False}
    if has_experts:  # in every layer
        supported |= {"decoder_sparse_step": 1, "norm_topk_prob": True}
        if text.get("mlp_only_layers"):
            raise ConfigError(
                f"text_config.mlp_only_layers is {text['mlp_only_layers']}; only models with "
                "experts in every layer are supported"
            )
    elif text.get("num_experts"):
        raise ConfigError(
            f"text_config.num_experts is {text['num_experts']}, but model_type is {MODEL_TYPE!r}; "
            f"a mixture of experts is {MOE_MODEL_TYPE!r}"
        )
    for name, value in supported.items():
        if text.get(name, value) != value:
            raise ConfigError(f"text_config.{name} is {text[name]!r}; only {value!r} is supported")


def _rope(text: Mapping[str, Any]) -> tuple[float, tuple[int, int, int]]:
    """rope_theta and mrope_section, from rope_parameters or from rope_theta and rope_scaling."""
    rope = {
        key: value
        for name in ("rope_scaling", "rope_parameters")
        for key, value in _object(text, name, "text_config.").items()
    }
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
