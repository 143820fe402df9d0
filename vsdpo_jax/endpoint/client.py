"""Asks many questions at a time of one model, and ends with an answer or a reason for each."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2

from vsdpo_jax.endpoint.budget import Budget, BudgetSpent
from vsdpo_jax.endpoint.cache import Cache
from vsdpo_jax.endpoint.chat import Answer, Chat
from vsdpo_jax.endpoint.limiter import Limiter
from vsdpo_jax.endpoint.server import (
    NEW_LIMIT,
    OLD_LIMIT,
    Again,
    Endpoint,
    Replies,
    read_key,
)
from vsdpo_jax.endpoint.tally import Plan, Tally

_MOST_BACKOFF_S = 60.0
_UNUSABLE = 2
"""Answers that the asker cannot use before it goes without: they cost as much as others."""
_LOOK_AGAIN_S = 0.02
_JSON = {"Content-Type": "application/json"}
_UNSENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
"""What no server has seen costs nothing; any other request without a response may be billed."""


class Client:
    """Asks a model.

    Args:
      endpoint: where.
      cache: of answers; None: all are asked for.
      budget: what may be spent; None: anything.

    Attributes:
      endpoint: where.
      tally: what was asked so far.

    Raises:
      EndpointError: see ``read_key``.
    """

    def __init__(
        self, endpoint: Endpoint, cache: Cache | None = None, budget: Budget | None = None
    ) -> None:
        self.endpoint = endpoint
        self.tally = Tally()
        self._cache = cache
        self._budget = budget
        key = read_key(endpoint.key_variable)
        self._limiter = Limiter(endpoint.requests_per_minute, endpoint.tokens_per_minute)
        self._replies = Replies(endpoint=endpoint, key=key)
        self._limit = OLD_LIMIT
        self._silent = 0

    def plan(self, chats: Iterable[Chat]) -> Plan:
        """What ``ask_all`` would send. Sends nothing."""
        plan = Plan()
        for chat in chats:
            if self._known(chat) is not None:
                plan.cached += 1
                continue
            plan.questions += 1
            plan.question_tokens += chat.estimate()
            plan.answer_tokens += chat.max_tokens
        return plan

    def ask_all(
        self,
        chats: Iterable[Chat],
        on_done: Callable[[int, Answer], None],
        accept: Callable[[str], bool] = lambda text: True,
    ) -> None:
        """Ask all questions; each ends with an answer or a reason.

        Args:
          chats: taken one by one, as places become free.
          on_done: called in this thread with the number of a question and what came of it, in the
            order in which they are done. What it raises ends the asking.
          accept: whether the asker can use a text; one that it cannot is asked for again, twice at
            most, and never kept.

        Raises:
          EndpointError: the server refuses the key, has no such model or no credit left: nothing
            more is asked.
          BudgetSpent: likewise; what was under way has been answered first, as it is paid.
        """
        self._run(lambda: self._ask_all(chats, on_done, accept))

    @staticmethod
    def _run(work: Callable[[], Any]) -> None:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            asyncio.run(work())
            return
        with ThreadPoolExecutor(1) as thread:  # a notebook's loop is running here
            thread.submit(lambda: asyncio.run(work())).result()

    async def _ask_all(
        self,
        chats: Iterable[Chat],
        on_done: Callable[[int, Answer], None],
        accept: Callable[[str], bool],
    ) -> None:
        entries = iter(enumerate(chats))
        key = self._replies.key
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        room = httpx2.Limits(max_connections=self.endpoint.in_flight)
        async with httpx2.AsyncClient(
            headers=headers, timeout=self.endpoint.timeout_s, limits=room
        ) as http:
            spent: list[BudgetSpent] = []

            async def work() -> None:
                for number, chat in entries:
                    try:
                        answer = await self._answer(http, chat, accept)
                    except BudgetSpent as error:
                        spent.append(error)
                        return
                    on_done(number, answer)

            tasks = [asyncio.create_task(work()) for _ in range(self.endpoint.in_flight)]
            try:
                await asyncio.gather(*tasks)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
            if spent:
                raise spent[0]

    def _known(self, chat: Chat) -> Answer | None:
        if self._cache is None:
            return None
        return self._cache.get(chat.digest(self.endpoint.model, self.endpoint.url))

    async def _answer(
        self, http: httpx2.AsyncClient, chat: Chat, accept: Callable[[str], bool]
    ) -> Answer:
        known = self._known(chat)
        if known is not None and known.text is not None and accept(known.text):
            self.tally.add(known, is_cached=True)
            return known
        answer = await self._ask(http, chat, accept)
        self.tally.add(answer)
        if answer.text is not None and self._cache is not None:
            self._cache.put(chat.digest(self.endpoint.model, self.endpoint.url), answer)
        return answer

    async def _ask(
        self, http: httpx2.AsyncClient, chat: Chat, accept: Callable[[str], bool]
    ) -> Answer:
        """What a question comes to in as many attempts as it may take.

        While the server is silent for everybody a question gets one.
        """
        tokens, unusable, reason = chat.estimate() + chat.max_tokens, 0, ""
        is_down = self._silent >= self.endpoint.in_flight
        attempts = 1 if is_down else self.endpoint.attempts
        for attempt in range(attempts):
            await self._wait_for_a_place(tokens)
            try:
                answer = await self._send(http, chat)
            except Again as again:
                reason = str(again)
                if attempt + 1 < attempts:
                    await asyncio.sleep(self._wait_s(attempt, again))
                continue
            if answer.text is None or accept(answer.text):
                return answer
            unusable += 1
            reason = f"an answer that cannot be used: {self._replies.say(repr(answer.text[-80:]))}"
            if unusable == _UNUSABLE:
                break
        return Answer(text=None, reason=reason)

    async def _wait_for_a_place(self, tokens: int) -> None:
        await asyncio.sleep(self._limiter.reserve(tokens))
        while (pause := self._limiter.paused()) > 0:
            await asyncio.sleep(pause)

    def _wait_s(self, attempt: int, again: Again) -> float:
        if again.is_renamed:
            return 0.0
        wait_s = min(self.endpoint.backoff_s * 2**attempt, _MOST_BACKOFF_S)
        # Those that failed together do not return together.
        wait_s = max(wait_s * random.uniform(0.5, 1.0), again.wait_s)
        if again.is_pause:
            self._limiter.pause(wait_s)
        return wait_s

    async def _send(self, http: httpx2.AsyncClient, chat: Chat) -> Answer:
        """One request, within the budget.

        Raises:
          BudgetSpent: it has no room for it, also once nothing else is under way.
          Again, EndpointError: see ``Replies.read``.
        """
        limit, held = self._limit, await self._hold(chat)
        cost = None
        try:
            response = await self._post(http, chat, limit)
            is_paid = response.status_code == 200
            cost = None if is_paid else 0.0
            answer = self._read(response, limit)
            if is_paid:
                self.tally.pay(answer)
                cost = self._cost(answer)
            return answer
        except httpx2.HTTPError as error:
            cost = 0.0 if isinstance(error, _UNSENT) else None
            self._silent += 1
            said = f"{type(error).__name__}: {error}".rstrip(": ")
            raise Again(self._replies.say(said)) from None
        finally:
            if self._budget is not None:
                self._budget.settle(held, cost)

    async def _hold(self, chat: Chat) -> float:
        """Set aside what a question may cost, once there is room for it; returns the dollars."""
        if self._budget is None:
            return 0.0
        cost = self._budget.price.of(chat.estimate(), chat.max_tokens)
        while self._budget.held > 0 and not self._budget.has_room(cost):
            await asyncio.sleep(_LOOK_AGAIN_S)
        self._budget.hold(cost)
        return cost

    def _cost(self, answer: Answer) -> float | None:
        if self._budget is None or answer.usage is None:
            return None
        return self._budget.price.of(*answer.usage)

    async def _post(self, http: httpx2.AsyncClient, chat: Chat, limit: str) -> httpx2.Response:
        body = chat.body(self.endpoint.model)
        body[limit] = body.pop(OLD_LIMIT)
        content = json.dumps(body).encode()
        self.tally.sent += 1
        self.tally.sent_bytes += len(content)
        return await http.post(self.endpoint.address, content=content, headers=_JSON)

    def _read(self, response: httpx2.Response, limit: str) -> Answer:
        self._silent = 0
        try:
            return self._replies.read(
                response.status_code, response.headers, response.content, limit
            )
        except Again as again:
            if again.is_renamed:
                self._limit = NEW_LIMIT
            raise
