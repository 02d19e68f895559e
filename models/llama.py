"""llama.cpp: scores choices by reading one prompt; never writes a word."""

from __future__ import annotations

import ctypes
import math
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import llama_cpp
import numpy as np
import numpy.typing as npt

from gateway.contract.model_link import Understand, prompt_end
from gateway.errors import ModelError
from models import kept_instruction
from models.prefix_cache import PrefixCache, Slot, common_prefix

CONTEXT = 2048
"""Tokens in all slots together; 12 kB each for a 0.5 B model."""
SLOTS = 6
"""Instructions kept at once: one for each kind of question."""
CHUNK = 16
"""Tokens of a turn read at once; what a deadline cuts off is lost, what came before is kept."""
SMALL_CHUNK = 8
"""Tokens of what turns share, read at once: 0.1 to 0.2 s past a deadline at most, then kept."""
LAYOUT = "turned"
"""How the memory of an instruction lies in its file: without flash attention values lie across."""
ABORTED = 2
"""llama_decode's answer when the abort callback said so; what was read before stays."""
NOTHING_SAID = ("...", "Hmm.")
"""The model's preference for a choice before anybody spoke is measured on these."""
PREFERENCE = 0.5
"""Part of that preference taken away; none or all of it is right less often."""

Logits = npt.NDArray[np.float32]
Seen = dict[tuple[int, ...], Logits]
"""Beginning of a choice, in tokens -> log-probabilities of what follows it."""


@dataclass(frozen=True)
class Limit:
    """How long may be read."""

    at: float
    """time.monotonic() of the deadline"""
    cuts: bool = True
    """Whether the deadline cuts a part off in the middle. What all turns share is read in small
    parts that are not cut off: however short the deadlines, it comes to an end."""


class Llama:
    """One model; one request at a time. Instructions stay in its memory between requests."""

    def __init__(self, file: Path, name: str, kept: Path | None = None) -> None:
        self.name = name
        self._kept = kept
        self._file = file
        llama_cpp.llama_log_set(_SILENT, ctypes.c_void_p(0))
        self._model = llama_cpp.llama_model_load_from_file(str(file).encode(), _model_parameters())
        if not self._model:
            raise ModelError(f"{file.name}: llama.cpp cannot load it")
        self._context = llama_cpp.llama_init_from_model(self._model, _context_parameters())
        if not self._context:
            raise ModelError(f"{file.name}: not enough memory for its context")
        self._vocabulary = llama_cpp.llama_model_get_vocab(self._model)
        self._words = llama_cpp.llama_vocab_n_tokens(self._vocabulary)
        self._memory = llama_cpp.llama_get_memory(self._context)
        self._batch = llama_cpp.llama_batch_init(CHUNK, 0, 1)
        self._deadline = 0.0
        self._abort = llama_cpp.ggml_abort_callback(self._late)
        llama_cpp.llama_set_abort_callback(self._context, self._abort, ctypes.c_void_p(0))
        self._cache = PrefixCache(SLOTS, CONTEXT - 2 * CHUNK)
        self._preferences: dict[tuple[str, tuple[str, ...]], list[Logits]] = {}
        self._half_learnt: dict[tuple[str, tuple[str, ...], str], Seen] = {}

    def score(self, request: Understand, deadline: float) -> Sequence[float]:
        """A probability for each choice; ModelError when the deadline passes first."""
        self.learn(request, deadline)
        scores = self._log_scores(request, request.said, Limit(deadline), {})
        found = self._preferences[request.instruction, request.choices]
        scores = scores - PREFERENCE * np.mean(found, axis=0)
        weights = np.exp(scores - scores.max())
        return [float(weight) for weight in weights / weights.sum()]

    def learn(self, request: Understand, deadline: float) -> None:
        """Read what all turns of this kind share; ModelError when the deadline passes first, and
        then the next call goes on where this one stopped."""
        limit = Limit(deadline, cuts=False)
        slot = self._slot(request.instruction)
        self._read_instruction(slot, self._tokens(request.instruction), limit)
        key = (request.instruction, request.choices)
        found = self._preferences.setdefault(key, [])
        while len(found) < len(NOTHING_SAID):
            said = NOTHING_SAID[len(found)]
            seen = self._half_learnt.setdefault((*key, said), {})
            found.append(self._log_scores(request, said, limit, seen))
            del self._half_learnt[*key, said]

    def _log_scores(self, request: Understand, said: str, limit: Limit, seen: Seen) -> Logits:
        slot = self._slot(request.instruction)
        choices = [self._tokens(f" {choice}\n") for choice in request.choices]
        prompt = self._tokens(request.instruction) + self._tokens(prompt_end(request.context, said))
        scores = np.zeros(len(choices), dtype=np.float32)
        for at, choice in enumerate(choices):
            for depth in range(len(choice)):
                rivals = [other for other in choices if other[:depth] == choice[:depth]]
                if depth and len(rivals) == 1:
                    break
                begun = tuple(choice[:depth])
                if begun not in seen:  # a beginning that several share is read once
                    seen[begun] = self._read(slot, [*prompt, *begun], limit)
                scores[at] += seen[begun][choice[depth]]
        return scores

    def _late(self, _data: object) -> bool:
        """Asked by llama.cpp between two steps of its graph."""
        return time.monotonic() > self._deadline

    def _slot(self, instruction: str) -> Slot:
        slot, forget = self._cache.slot(instruction)
        if forget:
            llama_cpp.llama_memory_seq_rm(self._memory, slot.number, -1, -1)
        return slot

    def _read_instruction(self, slot: Slot, tokens: list[int], limit: Limit) -> None:
        if len(slot.tokens) >= len(tokens):
            return
        self._make_room(slot, len(tokens))
        kept = self._kept_file(slot.head)
        if not slot.tokens and kept and self._load(slot, tokens, kept):
            return
        self._read_on(slot, tokens, math.inf, limit)
        if kept:
            self._save(slot, kept)

    def _kept_file(self, instruction: str) -> Path | None:
        """Where the model's memory of an instruction is kept over a restart: 12 kB a token instead
        of seconds of reading."""
        if self._kept is None:
            return None
        size = self._file.stat().st_size
        mark = f"{llama_cpp.__version__} {LAYOUT}\n{self._file.name} {size}\n{instruction}"
        return kept_instruction.file_of(self._kept, mark)

    def _save(self, slot: Slot, file: Path) -> None:
        size = llama_cpp.llama_state_seq_get_size(self._context, slot.number)
        state = (ctypes.c_uint8 * size)()
        llama_cpp.llama_state_seq_get_data(self._context, state, size, slot.number)
        kept_instruction.write(file, bytes(state))

    def _load(self, slot: Slot, tokens: list[int], file: Path) -> bool:
        """llama.cpp ends the program when a state is damaged: only a whole one is shown to it."""
        state = kept_instruction.read(file)
        if state is None:
            return False
        buffer = (ctypes.c_uint8 * len(state)).from_buffer_copy(state)
        if not llama_cpp.llama_state_seq_set_data(self._context, buffer, len(state), slot.number):
            llama_cpp.llama_memory_seq_rm(self._memory, slot.number, -1, -1)
            return False
        slot.tokens = list(tokens)
        return True

    def _read(self, slot: Slot, tokens: list[int], limit: Limit) -> Logits:
        """Log-probabilities of the next token; reads only what the slot has not read yet."""
        self._make_room(slot, len(tokens))
        known = min(common_prefix(slot.tokens, tokens), len(tokens) - 1)
        del slot.tokens[known:]
        llama_cpp.llama_memory_seq_rm(self._memory, slot.number, known, -1)
        self._read_on(slot, tokens, len(tokens), limit)
        raw = llama_cpp.llama_get_logits_ith(self._context, -1)
        logits = np.ctypeslib.as_array(raw, shape=(self._words,)).astype(np.float32)
        logits -= logits.max()
        return np.asarray(logits - np.log(np.exp(logits).sum()), dtype=np.float32)

    def _read_on(self, slot: Slot, tokens: list[int], whole: float, limit: Limit) -> None:
        self._deadline = limit.at if limit.cuts else math.inf
        while len(slot.tokens) < len(tokens):
            if time.monotonic() > limit.at:
                raise ModelError("the deadline passed")
            part = tokens[len(slot.tokens) :][: CHUNK if limit.cuts else SMALL_CHUNK]
            self._decode(slot, part, whole)

    def _make_room(self, slot: Slot, wanted: int) -> None:
        if wanted > CONTEXT - 2 * CHUNK:
            raise ModelError(f"{wanted} tokens; the model's memory holds {CONTEXT}")
        for crowded in self._cache.crowded_out(slot, wanted):
            llama_cpp.llama_memory_seq_rm(self._memory, crowded.number, -1, -1)

    def _decode(self, slot: Slot, part: list[int], whole: float) -> None:
        """Read a part; only at the end of the whole is the next word asked for, which costs."""
        batch = self._batch
        batch.n_tokens = len(part)
        for at, token in enumerate(part):
            batch.token[at] = token
            batch.pos[at] = len(slot.tokens) + at
            batch.n_seq_id[at] = 1
            batch.seq_id[at][0] = slot.number
            batch.logits[at] = len(slot.tokens) + at == whole - 1
        code = llama_cpp.llama_decode(self._context, batch)
        if code == ABORTED or time.monotonic() > self._deadline:
            if code == 0:
                slot.tokens += part
            raise ModelError("the deadline passed")
        if code != 0:
            slot.tokens.clear()
            llama_cpp.llama_memory_seq_rm(self._memory, slot.number, -1, -1)
            raise ModelError(f"llama.cpp cannot read the prompt (error {code})")
        slot.tokens += part

    def _tokens(self, text: str) -> list[int]:
        data = text.encode()
        room = len(data) + 8
        found = (llama_cpp.llama_token * room)()
        count = llama_cpp.llama_tokenize(
            self._vocabulary, data, len(data), found, room, False, False
        )
        if count < 0:
            raise ModelError("llama.cpp cannot split the text into tokens")
        return list(found[:count])


def threads() -> int:
    """llama.cpp's threads spin while they wait: the line keeps a core."""
    return max(1, (os.cpu_count() or 2) - 1)


def _model_parameters() -> Any:
    parameters = llama_cpp.llama_model_default_params()
    parameters.use_mmap = True
    parameters.n_gpu_layers = 0
    return parameters


def _context_parameters() -> Any:
    parameters = llama_cpp.llama_context_default_params()
    parameters.n_ctx = CONTEXT
    parameters.n_batch = CHUNK
    parameters.n_ubatch = CHUNK
    parameters.n_seq_max = SLOTS
    parameters.kv_unified = True
    # For the few tokens of a turn llama.cpp's flash attention is the slower one on a processor.
    parameters.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
    parameters.n_threads = threads()
    parameters.n_threads_batch = threads()
    return parameters


def _say_nothing(_level: int, _text: bytes, _data: object) -> None:
    """llama.cpp's own log would go to standard error without our format."""


_SILENT = llama_cpp.llama_log_callback(_say_nothing)
