"""Conversations: turns run to their end whoever watches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import Server, events, wait_until

LONG = {"max_tokens": 400, "temperature": 0.0}
STORY = "Write a long story about a river and its bridges."


@pytest.fixture(scope="module")
def job(server: Server) -> Iterator[dict[str, Any]]:
    """Return a running job that the tests share."""
    running = server.run()
    yield running
    server.ask("POST", f"jobs/{running['id']}/cancel")


@pytest.fixture
def chat(server: Server, job: dict[str, Any]) -> str:
    """Return the id of a new chat."""
    return str(server.ask("POST", "chats", job=job["id"])["id"])


def watch(server: Server, chat: str, n: int, offset: int = 0) -> tuple[str, dict[str, Any]]:
    """Return the text that comes after `offset` and the turn as it ended."""
    text = ""
    with server.api.stream("GET", f"chats/{chat}/turns/{n}", params={"from": offset}) as stream:
        for name, data in events(stream):
            if name == "turn":
                return text, data
            text += data["text"]
    raise AssertionError("the stream ended without the turn")


def test_an_answer_streams_and_stays(server: Server, chat: str) -> None:
    turn = server.ask(
        "POST", f"chats/{chat}/turns", content="What is the capital of France?", params=LONG
    )
    assert turn["state"] == "running"
    text, ended = watch(server, chat, 0)
    assert "Paris" in text
    assert ended["state"] == "done"
    assert ended["reply"] == text
    assert ended["finish_reason"] == "stop"
    assert ended["usage"]["completion_tokens"] > 0
    assert ended["timings"]["first_token"] > 0
    kept = server.ask("GET", f"chats/{chat}")
    assert kept["turns"] == [ended]
    assert kept["name"] == "What is the capital of France?"
    assert watch(server, chat, 0)[0] == text, "whoever comes late reads the same"
    assert watch(server, chat, 0, offset=5)[0] == text[5:]


def test_a_turn_goes_on_when_its_watcher_leaves(server: Server, chat: str) -> None:
    server.ask("POST", f"chats/{chat}/turns", content=STORY, params={**LONG, "max_tokens": 120})
    seen, offset = "", 0
    with server.api.stream("GET", f"chats/{chat}/turns/0") as stream:
        for name, data in events(stream):
            assert name == "delta"
            seen, offset = seen + data["text"], data["offset"]
            break
    rest, ended = watch(server, chat, 0, offset)
    assert seen + rest == ended["reply"]
    assert ended["usage"]["completion_tokens"] == 120
    assert ended["finish_reason"] == "length"


def test_stop_ends_generation_in_the_worker(server: Server, job: dict[str, Any], chat: str) -> None:
    server.ask("POST", f"chats/{chat}/turns", content=STORY, params={**LONG, "max_tokens": 4000})
    wait_until(lambda: server.ask("GET", f"chats/{chat}")["turns"][0]["reply"], 10, "first words")
    stopped = server.ask("DELETE", f"chats/{chat}/turns/0")
    assert stopped["state"] == "stopped"
    assert stopped["reply"], "what has arrived stays"
    wait_until(
        lambda: server.job(job["id"])["metrics"]["running"] == 0, 10, "the worker is at rest"
    )


def test_one_turn_at_a_time(server: Server, chat: str) -> None:
    server.ask("POST", f"chats/{chat}/turns", content=STORY, params=LONG)
    second = server.api.post(f"chats/{chat}/turns", json={"content": "And?"})
    assert second.status_code == 409
    assert "stop it first" in second.json()["hint"]
    server.ask("DELETE", f"chats/{chat}/turns/0")


def test_the_history_is_sent(server: Server, chat: str) -> None:
    for n, content in enumerate(("My name is Bob.", "What is my name?")):
        server.ask(
            "POST", f"chats/{chat}/turns", content=content, params={**LONG, "max_tokens": 60}
        )
        answer, _ = watch(server, chat, n)
    assert "Bob" in answer


def test_the_chats_own_settings_are_used(server: Server, chat: str) -> None:
    def ask() -> dict[str, Any]:
        server.ask("POST", f"chats/{chat}/turns", content="Hi", replace=0)
        return watch(server, chat, 0)[1]

    server.ask("PATCH", f"chats/{chat}", params={"temperature": 0, "max_tokens": 5})
    plain = ask()
    assert plain["params"]["temperature"] == 0
    assert plain["usage"]["completion_tokens"] <= 5
    server.ask("PATCH", f"chats/{chat}", system="You are a pirate. " * 10)
    assert ask()["usage"]["prompt_tokens"] > plain["usage"]["prompt_tokens"] + 20


def test_regenerate_puts_an_answer_in_the_place_of_the_old_one(server: Server, chat: str) -> None:
    for number in range(2):
        server.ask("POST", f"chats/{chat}/turns", content="Say a number.", params={"max_tokens": 8})
        watch(server, chat, number)
    again = server.ask(
        "POST",
        f"chats/{chat}/turns",
        content="Say a letter.",
        replace=0,
        params={"max_tokens": 8, "seed": 7},
    )
    assert again["n"] == 0
    watch(server, chat, 0)
    turns = server.ask("GET", f"chats/{chat}")["turns"]
    assert [turn["content"] for turn in turns] == ["Say a letter."]
    answer = server.api.post(f"chats/{chat}/turns", json={"content": "x", "replace": 5})
    assert answer.status_code == 400


def test_clear_and_delete(server: Server, chat: str, job: dict[str, Any]) -> None:
    server.ask("POST", f"chats/{chat}/turns", content="Hi", params={"max_tokens": 4})
    watch(server, chat, 0)
    assert server.ask("DELETE", f"chats/{chat}/turns")["turns"] == []
    assert server.api.delete(f"chats/{chat}").status_code == 204
    listed = server.ask("GET", f"chats?job={job['id']}")["chats"]
    assert chat not in [item["id"] for item in listed]
    assert server.api.get(f"chats/{chat}").status_code == 404


def test_a_turn_that_is_too_long_fails_with_both_numbers(server: Server, chat: str) -> None:
    server.ask("POST", f"chats/{chat}/turns", content="word " * 10_000)
    _, turn = watch(server, chat, 0)
    assert turn["state"] == "failed"
    assert "8192" in turn["error"]["message"].replace(",", "")


def test_equal_seeds_give_equal_answers(server: Server, job: dict[str, Any]) -> None:
    def answer(seed: int) -> str:
        key = server.ask("POST", "chats", job=job["id"])["id"]
        params = {"seed": seed, "temperature": 1.5, "max_tokens": 24}
        server.ask("POST", f"chats/{key}/turns", content="Invent a word.", params=params)
        return watch(server, key, 0)[0]

    assert answer(1) == answer(1)
    assert len({answer(seed) for seed in (1, 2, 3)}) > 1


def test_chats_are_found_by_name_and_by_what_was_said(server: Server, job: dict[str, Any]) -> None:
    said = {"content": "Where is the Zugspitze?", "reply": "In 50% of cases, Bavaria."}
    key = server.ask("POST", "chats", job=job["id"], name="Mountains", turns=[said])["id"]

    def found(text: str) -> list[str]:
        listed = server.api.get("chats", params={"job": job["id"], "text": text}).json()["chats"]
        return [chat["id"] for chat in listed]

    for text in ("mountain", "zugspitze", "bavaria", "50% of"):
        assert found(text) == [key], text
    assert found("5_%") == []


def test_a_chat_goes_on_from_turns_of_another(server: Server, job: dict[str, Any]) -> None:
    past = [
        {"content": "tea " * 200, "reply": "Hello!", "created_at": 5.0},
        {"content": "I like tea.", "reply": "Good", "state": "stopped"},
    ]
    chat = server.ask("POST", "chats", job=job["id"], name="Branch", turns=past)
    assert [turn["n"] for turn in chat["turns"]] == [0, 1]
    assert server.ask("GET", f"chats/{chat['id']}") == chat
    assert chat["turn_count"] == 2
    assert chat["turns"][0]["created_at"] == 5.0
    assert chat["turns"][1]["state"] == "stopped"
    server.ask(
        "POST",
        f"chats/{chat['id']}/turns",
        content="And?",
        params={**LONG, "max_tokens": 4},
    )
    turn = watch(server, chat["id"], 2)[1]
    assert turn["n"] == 2
    assert turn["usage"]["prompt_tokens"] > 200, "the model sees what was said before"


def test_past_turns_are_checked(server: Server, job: dict[str, Any]) -> None:
    running = [{"content": "x", "state": "running"}]
    answer = server.api.post("chats", json={"job": job["id"], "turns": running})
    assert answer.status_code == 400
    assert "turns.0.state" in answer.json()["message"]


def test_turns_are_forgotten_from_one_on(server: Server, job: dict[str, Any]) -> None:
    past = [{"content": word, "reply": "yes"} for word in ("one", "two", "three")]
    key = server.ask("POST", "chats", job=job["id"], turns=past)["id"]
    left = server.ask("DELETE", f"chats/{key}/turns?from=1")
    assert [turn["content"] for turn in left["turns"]] == ["one"]
    assert left["turn_count"] == 1


def test_a_chat_may_wait_for_its_job_when_it_goes_on(server: Server, job: dict[str, Any]) -> None:
    past = [{"content": "one", "reply": "yes"}]
    again = server.ask("POST", f"jobs/{job['id']}/rerun")
    assert server.api.post("chats", json={"job": again["id"]}).status_code == 503
    assert server.ask("POST", "chats", job=again["id"], turns=past)["job"] == again["id"]
    server.ask("POST", f"jobs/{again['id']}/cancel")
    ended = server.api.post("chats", json={"job": again["id"], "turns": past})
    assert ended.status_code == 409
