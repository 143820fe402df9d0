"""A checkpoint that people can talk to: score a completion, generate texts.

model = vsdpo_jax.load("folder or hub id")
model.score(messages, "completion").logprobs
model.generate(messages, max_new_tokens=200, temperature=0.7)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import DTypeLike
from jaxtyping import Float32, Int32

from vsdpo_jax.core.head import head_pass
from vsdpo_jax.models import qwen3_vl
from vsdpo_jax.models.qwen3_vl import Qwen3VLConfig, VisionConfig, weights
from vsdpo_jax.models.qwen3_vl.attention import check
from vsdpo_jax.models.qwen3_vl.geometry import EncodedImage, vision_inputs
from vsdpo_jax.models.qwen3_vl.hub import weight_files
from vsdpo_jax.models.qwen3_vl.vision import VisionInputs
from vsdpo_jax.rollout.batch import PromptTooLongError, bucket_length, pad_left
from vsdpo_jax.rollout.memory import Room
from vsdpo_jax.rollout.processor import EncodedChat, Messages, Processor, check_letters
from vsdpo_jax.rollout.sampler import Sampler
from vsdpo_jax.rollout.stopping import stop_table, trim

DTYPES = ("float32", "bfloat16", "float16")
NUM_SEEDS = 2**32
"""Seeds that draw differently: jax keeps the last 32 bits."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Scored:
    """A completion's tokens and how likely the model finds each.

    Attributes:
      token_ids: the completion's tokens.
      logprobs: natural logarithm of the probability of each, given the prompt and the tokens
        before it, at temperature 1 and over all rows of the model's table.
    """

    token_ids: Int32[np.ndarray, " T"]
    logprobs: Float32[np.ndarray, " T"]


def load(
    path_or_hub_id: str | Path,
    dtype: DTypeLike = "float32",
    *,
    attention: str = "xla",
    max_pixels: int | None = None,
) -> Model:
    """The model, tokenizer and picture format of a checkpoint.

    Everything but the weights' values is checked before device memory is taken.

    Args:
      path_or_hub_id: a folder in Hugging Face format, or a repository "organisation/name".
      dtype: of weights and activations: float32 (products in full precision on every device),
        bfloat16 or float16.
      attention: "xla" everywhere, "cudnn" on GPU, "splash" on TPU: the accelerator's own kernel.
        With all of them memory grows with the length of a text and with a picture's pixels.
      max_pixels: area that larger pictures are reduced to, instead of the folder's (2^24 in
        published ones: 16,384 tokens a picture). 32 x 32 pixels are a token.

    Raises:
      FileNotFoundError: no such folder or repository, or files that it lacks, by name.
      ValueError: another dtype or attention, impossible pixels, another model family, damaged
        files, tensors that do not fit.
    """
    name = _dtype_name(dtype)
    check(attention, name)
    if max_pixels is not None:
        max_pixels = _whole("max_pixels", max_pixels, 1)
    folder = weights.resolve(path_or_hub_id)
    config = weights.read_config(folder)
    weight_files(folder)
    processor = Processor(folder, max_pixels=max_pixels)
    if max_pixels is not None and processor.image_settings is None:
        raise ValueError(
            f"max_pixels is {max_pixels}, but {folder} has no preprocessor_config.json: it reads "
            "text alone; leave max_pixels out"
        )
    if processor.vocab_size > config.vocab_size:
        raise ValueError(
            f"{folder}: the tokenizer has {processor.vocab_size} ids, but config.json gives the "
            f"model a table of {config.vocab_size}; they do not belong together"
        )
    params, config = weights.load(folder, dtype=name)
    return Model(params, config, processor, dtype=name, attention=attention)


def _dtype_name(dtype: DTypeLike) -> str:
    try:
        name = jnp.dtype(dtype).name
    except TypeError:
        name = ""
    if name not in DTYPES:
        raise ValueError(f"dtype is {dtype!r}; use one of {', '.join(DTYPES)}")
    return name


def _whole(name: str, value: Any, lowest: int, highest: int | None = None) -> int:
    """A setting that counts, as the plain number that compiled programs are kept by."""
    wanted = f"{lowest} or more" if highest is None else f"{lowest} to {highest}"
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise ValueError(f"{name} is {value!r}; use a whole number, {wanted}")
    number = int(value)
    if number < lowest or (highest is not None and number > highest):
        raise ValueError(f"{name} is {number}; use {wanted}")
    return number


def _real(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise ValueError(f"{name} is {value!r}; use a number")
    return float(value)


def _stop_strings(stop: Any) -> tuple[str, ...]:
    if stop is None or isinstance(stop, str):
        return () if stop is None else (stop,)
    strings = tuple(stop) if isinstance(stop, Iterable) else (stop,)
    if not all(isinstance(string, str) for string in strings):
        raise ValueError(f"stop is {stop!r}; give a text, or a list of texts")
    return strings


class Model:
    """Parameters with the processor that belongs to them.

    Attributes:
      params, config: the model, as ``weights.load`` gives it.
      processor: messages to ids and pictures, and back.
      dtype: of activations.
      attention: implementation, see models.qwen3_vl.attention.
    """

    params: Any
    config: Qwen3VLConfig
    processor: Processor
    dtype: str
    attention: str

    def __init__(
        self,
        params: Any,
        config: Qwen3VLConfig,
        processor: Processor,
        *,
        dtype: str = "float32",
        attention: str = "xla",
    ) -> None:
        self.params = params
        self.config = config
        self.processor = processor
        self.dtype = dtype
        self.attention = attention
        self._room = Room(config)
        self._samplers: dict[tuple, Sampler] = {}
        self._num_scorers = 0
        self._score_jitted = jax.jit(self._score, static_argnums=3)

    @property
    def num_compiles(self) -> int:
        """Programs compiled so far, for scoring and sampling: one for each bucket of lengths."""
        return self._num_scorers + sum(each.num_compiles for each in self._samplers.values())

    def score(self, messages: Messages, completion: str) -> Scored:
        """How likely the model is to answer ``messages`` with ``completion``.

        Args:
          messages: the conversation, text and images, up to the model's turn.
          completion: the answer. It is tokenised on its own and scored as it stands: no end of
            turn is added (write "<|im_end|>" at its end to score that too).

        Raises:
          FileNotFoundError: an image names a file that does not exist.
          ValueError: malformed messages or images; an empty completion, or one that writes out an
            image or video token; more tokens than the model was made for, or than the device has
            room for.
        """
        prompt = self._encode(messages)
        completion_ids = self._completion(completion)
        length = len(prompt.ids) + len(completion_ids)
        self._check_length(length, f"prompt and completion have {length} tokens")
        tokens_1S, mask_1S = self._pad(np.concatenate([prompt.ids, completion_ids]))
        vision = self._vision(tokens_1S, mask_1S, prompt.images)
        # The prompt's last token, which has no log-probability, is always there.
        scored = min(self._bucket(len(completion_ids)), tokens_1S.shape[1] - 1)

        def lower(columns: int, vision: Any) -> jax.stages.Lowered:
            arrays = (jax.ShapeDtypeStruct((1, columns), kind) for kind in (jnp.int32, bool))
            return self._score_jitted.lower(self.params, *arrays, min(scored, columns - 1), vision)

        with self._precision():
            self._room.check(
                self.params, lower, ("score", scored), tokens_1S.shape[1], vision,
                f"prompt and completion have {length} tokens",
            )  # fmt: skip
            logprobs = self._score_jitted(
                self.params, jnp.asarray(tokens_1S), jnp.asarray(mask_1S), scored, vision
            )
        return Scored(
            token_ids=completion_ids, logprobs=np.asarray(logprobs)[-len(completion_ids) :]
        )

    def generate(
        self,
        messages: Messages,
        *,
        max_new_tokens: int = 256,
        temperature: float | int = 1.0,
        top_k: int = 0,
        top_p: float | int = 1.0,
        stop: str | Sequence[str] | None = (),
        num_samples: int = 1,
        seed: int = 0,
    ) -> list[str]:
        """Answers to one conversation, as texts without special tokens.

        An answer ends with one of the checkpoint's end tokens, before a text of ``stop``, or after
        ``max_new_tokens``. It never holds the mark of a picture or an id that the tokenizer leaves
        unused. The same arguments give the same texts.

        Args:
          messages: the conversation, text and images, up to the model's turn.
          max_new_tokens: the most tokens of an answer.
          temperature: 0 takes the likeliest token every time.
          top_k: draw among so many likeliest tokens; 0: all.
          top_p: draw among the likeliest tokens that together have this probability; 1: all.
          stop: a text, or several, that end an answer and are left out of it; None: none.
          num_samples: number of answers, drawn independently.
          seed: of the draws, 0 to 2^32 - 1.

        Returns:
          ``num_samples`` texts.

        Raises:
          FileNotFoundError: an image names a file that does not exist.
          ValueError: malformed messages or images, settings of another kind or out of range, or
            more tokens than the model was made for, or than the device has room for.
        """
        max_new_tokens = _whole("max_new_tokens", max_new_tokens, 1)
        num_samples = _whole("num_samples", num_samples, 1)
        top_k = _whole("top_k", top_k, 0)
        seed = _whole("seed", seed, 0, NUM_SEEDS - 1)
        temperature, top_p = _real("temperature", temperature), _real("top_p", top_p)
        stop = _stop_strings(stop)
        prompt = self._encode(messages)
        self._check_length(
            len(prompt.ids) + max_new_tokens,
            f"the prompt has {len(prompt.ids)} tokens and max_new_tokens is {max_new_tokens}",
        )
        tokens_1S, mask_1S = self._pad(prompt.ids)
        vision = self._vision(tokens_1S, mask_1S, prompt.images)
        sampler = self._sampler(max_new_tokens, top_k=top_k, top_p=top_p, stop=stop)

        def lower(columns: int, vision: Any) -> jax.stages.Lowered:
            return sampler.lower(self.params, (1, columns), num_samples, vision)

        with self._precision():
            self._room.check(
                self.params, lower, (sampler, num_samples), tokens_1S.shape[1], vision,
                f"the prompt has {len(prompt.ids)} tokens, with {num_samples} answers of up to "
                f"{max_new_tokens} (num_samples, max_new_tokens)",
            )  # fmt: skip
            samples = sampler.sample(
                self.params,
                tokens_1S,
                mask_1S,
                jax.random.key(seed),
                num_samples,
                temperature,
                vision=vision,
                limits_P=np.asarray([max_new_tokens], np.int32),
            )
        samples = jax.device_get(samples)
        return [
            trim(self.processor.decode(tokens_T[:length])[0], stop)
            for tokens_T, length in zip(samples.tokens_BT, samples.length_B, strict=True)
        ]

    def _score(
        self,
        params: Any,
        tokens_1S: jax.Array,
        mask_1S: jax.Array,
        scored: int,
        vision: VisionInputs | None,
    ) -> jax.Array:
        """Log-probabilities of the last ``scored`` tokens."""
        self._num_scorers += 1  # this body runs once for each program that is traced
        hidden_1SD = qwen3_vl.hidden_fn(self.config, dtype=self.dtype, attention=self.attention)(
            params, tokens_1S, mask_1S, vision
        )
        head_VD = qwen3_vl.head_VD(params, self.config)
        out = head_pass(
            hidden_1SD[0, -scored - 1 : -1], None, head_VD, None, tokens_1S[0, -scored:]
        )
        return out.student_logp_N

    def _encode(self, messages: Messages) -> EncodedChat:
        prompt = self.processor.encode_multimodal(messages)
        if prompt.images:
            self._check_vision()
        return prompt

    @property
    def _vision_config(self) -> VisionConfig:
        assert self.config.vision is not None  # checked with the messages
        return self.config.vision

    def _check_vision(self) -> None:
        """The processor's pictures are what the model's vision tower was made for."""
        vision, settings = self.config.vision, self.processor.image_settings
        assert settings is not None  # it encoded pictures
        if vision is None:
            raise ValueError(
                "messages hold an image, but the model has no vision tower (no vision_config in "
                "its config.json); use one that has, or describe the image in words"
            )
        for name, ours, theirs in (
            ("patch_size", settings.patch_size, vision.patch_size),
            ("temporal_patch_size", settings.temporal_patch_size, vision.temporal_patch_size),
            ("merge_size", settings.merge_size, vision.spatial_merge_size),
            ("image token", self.processor.image_token_id, self.config.image_token_id),
        ):
            if ours != theirs:
                raise ValueError(
                    f"{name} is {ours} in the folder's processor files and {theirs} in its "
                    "config.json; they do not belong together"
                )

    def _completion(self, completion: str) -> Int32[np.ndarray, " T"]:
        if not isinstance(completion, str):
            raise ValueError(f"completion is of type {type(completion).__name__}; give a text")
        check_letters(completion, "completion")
        ids = self.processor.encode(completion)
        if not len(ids):
            raise ValueError("completion is empty; give at least one token to score")
        placeholders = (self.processor.image_token_id, self.processor.video_token_id)
        if np.isin(ids, [token for token in placeholders if token is not None]).any():
            raise ValueError("completion writes out an image or video token; a text has none")
        return ids

    def _check_length(self, length: int, what: str) -> None:
        limit = self.config.max_position_embeddings
        if length > limit:
            raise PromptTooLongError(
                f"{what}, but the model was made for {limit} (max_position_embeddings): shorten "
                "the text, lower max_new_tokens, or give smaller images"
            )

    def _bucket(self, length: int) -> int:
        """Lengths rounded up, so that calls share compiled programs."""
        return bucket_length(length, self.config.max_position_embeddings)

    def _pad(self, ids: Int32[np.ndarray, " S"]) -> tuple[np.ndarray, np.ndarray]:
        """One row of tokens, padded on the left, and its mask."""
        return pad_left(
            [ids],
            self._bucket(len(ids)),
            pad_id=self.processor.pad_id,
            setting="max_position_embeddings",
        )

    def _vision(
        self, tokens_1S: np.ndarray, mask_1S: np.ndarray, images: tuple[EncodedImage, ...]
    ) -> VisionInputs | None:
        """The images with their number and sizes rounded up; None without images."""
        if not images:
            return None
        in_token = self._vision_config.patches_per_token
        tokens = max(len(image.patches_PC) for image in images) // in_token
        return vision_inputs(
            tokens_1S,
            mask_1S,
            [images],
            self.config,
            num_images=1 << (len(images) - 1).bit_length(),
            num_patches=in_token * self._bucket(tokens),
        )

    def _sampler(
        self, max_new_tokens: int, *, top_k: int, top_p: float, stop: tuple[str, ...]
    ) -> Sampler:
        """One for each setting; the row limits make up for rounding ``max_new_tokens`` up."""
        limit = self._bucket(max_new_tokens)
        key = (limit, top_k, top_p, stop)
        if key not in self._samplers:
            self._samplers[key] = Sampler(
                self.config,
                max_new_tokens=limit,
                stop_ids=self.processor.stop_ids,
                pad_id=self.processor.pad_id,
                vocab_size=self.processor.vocab_size,
                dtype=self.dtype,
                attention=self.attention,
                top_k=top_k,
                top_p=top_p,
                forbidden_ids=self.processor.forbidden_ids,
                stop_strings=stop_table(stop, self.processor.token_bytes) if stop else None,
            )
        return self._samplers[key]

    def _precision(self) -> AbstractContextManager[Any]:
        """Accelerators multiply float32 in fewer bits unless told not to."""
        if self.dtype == "float32":
            return jax.default_matmul_precision("highest")
        return nullcontext()
