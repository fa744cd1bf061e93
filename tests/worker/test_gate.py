"""Who may generate, and how much cache a reply holds."""

from __future__ import annotations

import asyncio

import pytest

from jupyter_sw.worker.gate import Gate


def test_first_come_first_served() -> None:
    async def scene() -> list[str]:
        gate = Gate(slots=2, tokens=100)
        order: list[str] = []

        async def visit(name: str, tokens: int, until: asyncio.Event) -> None:
            place = await gate.enter(tokens)
            order.append(name)
            await until.wait()
            gate.leave(place)

        now, later = asyncio.Event(), asyncio.Event()
        visits = [
            asyncio.create_task(visit("first", 60, now)),
            asyncio.create_task(visit("large", 80, later)),  # has to wait for the first
            asyncio.create_task(visit("small", 10, later)),  # would fit, but is behind the large
        ]
        await asyncio.sleep(0)
        assert order == ["first"]
        now.set()
        later.set()
        await asyncio.gather(*visits)
        return order

    assert asyncio.run(scene()) == ["first", "large", "small"]


def test_who_gives_up_waiting_lets_the_next_one_in() -> None:
    async def scene() -> None:
        gate = Gate(slots=8, tokens=100)
        held = await gate.enter(60)
        large = asyncio.create_task(gate.enter(80))
        small = asyncio.create_task(gate.enter(40))
        await asyncio.sleep(0)
        large.cancel()
        assert (await small).tokens == 40
        with pytest.raises(asyncio.CancelledError):
            await large
        gate.leave(held)
        assert (await gate.enter(60)).tokens == 60

    asyncio.run(scene())


def test_a_place_grows_while_there_is_room() -> None:
    async def scene() -> None:
        gate = Gate(slots=8, tokens=1000)
        place = await gate.enter(500)
        assert gate.grow(place, 1000)
        assert place.tokens == 756
        other = await gate.enter(244)
        assert not gate.grow(place, 1000)
        gate.leave(other)
        assert gate.grow(place, 1000)
        assert place.tokens == 1000
        assert not gate.grow(place, 1000)

    asyncio.run(scene())


def test_replies_without_a_limit_share_a_cache_that_cannot_hold_them_all() -> None:
    """Each may come to 1,400 tokens, and together they have 2,600."""

    async def scene() -> tuple[int, int]:
        gate = Gate(slots=8, tokens=2600)
        one, two = await gate.enter(1124), await gate.enter(1124)
        while gate.grow(one, 1400):
            pass
        while gate.grow(two, 1400):
            pass
        return one.tokens, two.tokens

    grown = asyncio.run(scene())
    assert grown[0] == 1400
    assert sum(grown) <= 2600


def test_requests_take_whole_pages() -> None:
    async def scene() -> None:
        gate = Gate(slots=8, tokens=100, page=32)
        assert gate.capacity == 128  # the engine has whole pages, too
        place = await gate.enter(33)
        assert place.tokens == 64
        second = await gate.enter(40)
        third = asyncio.create_task(gate.enter(1))  # by tokens it would fit
        await asyncio.sleep(0)
        assert not third.done()
        gate.leave(second)
        assert (await third).tokens == 32
        assert gate.grow(place, 70)
        assert place.tokens == 96
        assert not gate.grow(place, 96)

    asyncio.run(scene())
