"""Who may come in."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import update

from core import config as config_module
from core.services import sign_in
from core.services.sign_in import FREE_TRIES, WaitError
from core.store import files
from core.store.db import migrate, session
from core.store.tables import Fact, now
from core.words import UserError

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def fresh_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sign_in, "has_oidc", lambda: False)
    quick_hashes(monkeypatch)
    forget()
    migrate()
    yield
    forget()


def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2 with little work, so that tests are quick."""
    monkeypatch.setattr(sign_in, "PasswordHasher", partial(PasswordHasher, time_cost=1, memory_cost=64))


def forget() -> None:
    for remembered in (sign_in._take_password, sign_in._secret, sign_in.cookie_name, config_module.config):
        remembered.cache_clear()


def start_with(password: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process as it starts with this password in its environment."""
    forget()
    monkeypatch.setenv("MODELWRIGHT_PASSWORD", password)
    assert sign_in.kind() == "password"


def wrong(times: int, who: str = "10.0.0.1") -> None:
    for _ in range(times):
        with pytest.raises(UserError):
            sign_in.check_password("guess", who)


def test_without_a_password_the_house_is_open() -> None:
    assert sign_in.kind() == "open"
    assert sign_in.is_signed_in({})


def test_the_right_password_is_taken_and_a_wrong_one_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    start_with(PASSWORD, monkeypatch)
    sign_in.check_password(PASSWORD, "10.0.0.1")
    with pytest.raises(UserError, match="not the password"):
        sign_in.check_password(PASSWORD + " ", "10.0.0.1")


def test_the_password_is_kept_only_as_a_hash_and_children_do_not_inherit_it(
    monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    start_with(PASSWORD, monkeypatch)
    assert "MODELWRIGHT_PASSWORD" not in os.environ
    assert config_module.config().password is None
    kept = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert PASSWORD.encode() not in kept
    with session() as db:
        assert db.get_one(Fact, "password").value["argon2"].startswith("$argon2id$")


def test_who_guesses_has_to_wait_ever_longer_and_others_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    start_with(PASSWORD, monkeypatch)
    wrong(FREE_TRIES)
    with pytest.raises(WaitError) as first:
        sign_in.check_password(PASSWORD, "10.0.0.1")
    sign_in.check_password(PASSWORD, "10.0.0.2")
    let_pass(first.value.seconds)
    wrong(1)
    with pytest.raises(WaitError) as second:
        sign_in.check_password(PASSWORD, "10.0.0.1")
    assert second.value.seconds > first.value.seconds
    assert str(second.value.seconds) in second.value.text.zh


def test_the_wait_outlives_a_restart_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    start_with(PASSWORD, monkeypatch)
    wrong(FREE_TRIES)
    start_with(PASSWORD, monkeypatch)
    with pytest.raises(WaitError):
        sign_in.check_password(PASSWORD, "10.0.0.1")
    let_pass(3600)
    sign_in.check_password(PASSWORD, "10.0.0.1")
    wrong(FREE_TRIES - 1)
    sign_in.check_password(PASSWORD, "10.0.0.1")


def test_no_address_is_kept_in_the_clear(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    start_with(PASSWORD, monkeypatch)
    wrong(1, who="203.0.113.77")
    assert b"203.0.113.77" not in b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())


def test_a_session_survives_a_restart(monkeypatch: pytest.MonkeyPatch) -> None:
    start_with(PASSWORD, monkeypatch)
    cookies = {sign_in.cookie_name(): sign_in.new_session()}
    start_with(PASSWORD, monkeypatch)
    assert sign_in.is_signed_in(cookies)


def test_a_session_ends_with_the_password_it_was_opened_with(monkeypatch: pytest.MonkeyPatch) -> None:
    start_with(PASSWORD, monkeypatch)
    token = sign_in.new_session()
    start_with("another password", monkeypatch)
    assert not sign_in.is_valid(token)


def test_a_session_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    start_with(PASSWORD, monkeypatch)
    token = sign_in.new_session()
    monkeypatch.setattr(sign_in, "SESSION_DAYS", -1)
    assert not sign_in.is_valid(token)


@pytest.mark.parametrize("token", [None, "", "x", "eyJpbiI6MX0.aaaa.bbbb"])
def test_a_made_up_session_is_none(token: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    start_with(PASSWORD, monkeypatch)
    assert not sign_in.is_valid(token)


def test_the_workspaces_secret_is_readable_by_its_owner_only(monkeypatch: pytest.MonkeyPatch) -> None:
    start_with(PASSWORD, monkeypatch)
    sign_in.new_session()
    assert stat.S_IMODE(files.state("secret").stat().st_mode) == 0o600


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.org"])
def test_other_machines_are_let_in_only_with_a_password(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="MODELWRIGHT_PASSWORD"):
        sign_in.refuse_unguarded(host)
    monkeypatch.setenv("MODELWRIGHT_PASSWORD", "short")
    config_module.config.cache_clear()
    with pytest.raises(UserError, match="8 characters"):
        sign_in.refuse_unguarded(host)
    monkeypatch.setenv("MODELWRIGHT_PASSWORD", PASSWORD)
    config_module.config.cache_clear()
    sign_in.refuse_unguarded(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_this_machine_needs_no_password(host: str) -> None:
    sign_in.refuse_unguarded(host)


def test_an_identity_provider_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_in, "has_oidc", lambda: True)
    sign_in.refuse_unguarded("0.0.0.0")
    assert sign_in.kind() == "oidc"


def let_pass(seconds: float) -> None:
    """As if the last attempts had been made so much earlier."""
    with session() as opened:
        past = now() - timedelta(seconds=seconds)
        opened.execute(update(Fact).where(Fact.key.startswith("sign-in:")).values(updated_at=past))


def test_many_wrong_words_at_once_are_all_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    start_with(PASSWORD, monkeypatch)

    def guess(_number: int) -> type[UserError]:
        with pytest.raises(UserError) as refused:
            sign_in.check_password("guess", "10.0.0.1")
        return refused.type

    with ThreadPoolExecutor(30) as pool:
        said = list(pool.map(guess, range(30)))
    assert said.count(WaitError) == 30 - FREE_TRIES


def test_a_secret_that_a_power_cut_left_empty_is_made_anew() -> None:
    files.state("secret").touch()
    word = sign_in._secret()
    assert len(word) >= 64
    assert files.state("secret").read_text() == word
    assert stat.S_IMODE(files.state("secret").stat().st_mode) == 0o600


def test_many_starts_at_once_have_one_secret() -> None:
    with ThreadPoolExecutor(16) as pool:
        words = set(pool.map(lambda _: sign_in._secret.__wrapped__(), range(100)))
    assert len(words) == 1
    assert len(words.pop()) >= 64
