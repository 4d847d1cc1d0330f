"""Who may come in: one password for the house, hashed at rest, with a growing wait for those who guess.

A browser that gave the right password carries a signed session that ends by itself, and at once when the password
changes. Where `.streamlit/secrets.toml` has an [auth] section, sign-in is the identity provider's (OIDC) instead.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import threading
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Literal

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error
from filelock import FileLock
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import delete

from core.config import ROOT, config
from core.store import facts, files
from core.store.db import session
from core.store.tables import Fact, now
from core.words import Text, UserError

Kind = Literal["open", "password", "oidc"]

VARIABLE = "MODELWRIGHT_PASSWORD"
SHORTEST = 8
SESSION_DAYS = 7
TICKET_HOURS = 24
FREE_TRIES = 5
"""Wrong words from one address before it has to wait; each further one doubles the wait."""
FIRST_WAIT, LONGEST_WAIT = 5, 900
FORGIVEN_AFTER = timedelta(days=1)
SECRET_LETTERS = 64
_HASH, _TRIES = "password", "sign-in:"
_AT_ONCE = threading.BoundedSemaphore(2)
"""Argon2 takes 64 MB for each check: a crowd of guesses must not take the machine's memory."""

WRONG = Text("That is not the password.", "密码不正确。")
WAIT = Text(
    "Too many wrong passwords from your address. Please wait {seconds} seconds and try again.",
    "您的地址输错密码次数过多，请等待 {seconds} 秒后再试。",
)
NOT_SET = Text("No password is set here.", "此处未设置密码。")
TOO_SHORT = Text(
    "MODELWRIGHT_PASSWORD must have at least {shortest} characters when other machines can reach the pages.",
    "当其他机器可以访问页面时，MODELWRIGHT_PASSWORD 至少需要 {shortest} 个字符。",
)
UNGUARDED = Text(
    "HOST is {host}, so other machines could reach the pages. Set MODELWRIGHT_PASSWORD, or an [auth] section in "
    ".streamlit/secrets.toml, or leave HOST at 127.0.0.1.",
    "HOST 为 {host}，其他机器将能访问页面。请设置 MODELWRIGHT_PASSWORD，或在 .streamlit/secrets.toml 中配置 [auth]，"
    "或将 HOST 保持为 127.0.0.1。",
)


class WaitError(UserError):
    """Too many wrong words: `seconds` until the next one is looked at."""

    def __init__(self, seconds: int) -> None:
        super().__init__(WAIT.fill(seconds=seconds))
        self.seconds = seconds


def kind() -> Kind:
    """How one signs in here."""
    if has_oidc():
        return "oidc"
    return "password" if _take_password() else "open"


def refuse_unguarded(host: str) -> None:
    """Raises UserError where other machines could reach the pages and nothing keeps strangers out."""
    if host in ("127.0.0.1", "localhost", "::1") or has_oidc():
        return
    if not (word := config().password):
        raise UserError(UNGUARDED.fill(host=host))
    if len(word) < SHORTEST:
        raise UserError(TOO_SHORT.fill(shortest=SHORTEST))


@cache
def has_oidc() -> bool:
    """Whether an identity provider is configured where st.login looks for it."""
    for folder in (ROOT, Path.home()):
        try:
            said = tomllib.loads((folder / ".streamlit" / "secrets.toml").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if said.get("auth"):
            return True
    return False


def check_password(word: str, who: str) -> None:
    """Raises UserError (WaitError where `who`, an address, has to wait) unless this is the password.

    The attempt is counted before it is looked at, so that many at once gain nothing.
    """
    hashed = _take_password()
    if hashed is None:
        raise UserError(NOT_SET)
    key = _TRIES + _mixed(who)
    _count_try(key)
    with _AT_ONCE:
        right = _matches(hashed, word)
    if not right:
        raise UserError(WRONG)
    with session() as opened:
        opened.execute(delete(Fact).where(Fact.key == key))


def new_session() -> str:
    """A signed word for the browser's cookie."""
    return _signer().dumps({"in": 1})


def is_valid(token: str | None) -> bool:
    """Whether a cookie holds a session of ours that has not ended, under the password of today."""
    if not token:
        return False
    try:
        _signer().loads(token, max_age=SESSION_DAYS * 86400)
    except BadData:
        return False
    return True


def new_ticket() -> str:
    """A signed word that a page hands to its own script: who has it was let in to the page."""
    return _tickets().dumps({"page": 1})


def is_ticket(word: str | None) -> bool:
    try:
        _tickets().loads(word or "", max_age=TICKET_HOURS * 3600)
    except BadData:
        return False
    return True


def is_signed_in(cookies: Mapping[str, str]) -> bool:
    """Whether nothing more needs to be asked of a browser with these cookies, as far as the password goes."""
    return kind() != "password" or is_valid(cookies.get(cookie_name()))


@cache
def cookie_name() -> str:
    """Two workspaces on one host do not sign each other's users out."""
    return f"modelwright_{_mixed('cookie')[:8]}"


@cache
def _take_password() -> str | None:
    """Moves the password out of the environment, which children inherit, and returns its hash."""
    word = config().password
    if not word:
        return None
    with session() as opened:
        kept = opened.get(Fact, _HASH)
        hashed = str(kept.value["argon2"]) if kept else ""
    if not hashed or not _matches(hashed, word) or PasswordHasher().check_needs_rehash(hashed):
        hashed = PasswordHasher().hash(word)
        with session() as opened:
            facts.held(opened, _HASH).value = {"argon2": hashed}
    os.environ.pop(VARIABLE, None)
    config.cache_clear()
    return hashed


def _matches(hashed: str, word: str) -> bool:
    try:
        return PasswordHasher().verify(hashed, word)
    except Argon2Error:
        return False


def _count_try(key: str) -> None:
    """Counts one more attempt, in one transaction that others who try wait for. Raises WaitError where it comes too
    early."""
    moment = now()
    with session() as opened:
        opened.execute(delete(Fact).where(Fact.key.startswith(_TRIES), Fact.updated_at < moment - FORGIVEN_AFTER))
        kept = facts.held(opened, key)
        tries = int(kept.value.get("tries", 0))
        if tries >= FREE_TRIES:
            wait = min(FIRST_WAIT * 2 ** min(tries - FREE_TRIES, 10), LONGEST_WAIT)
            left = wait - (moment - kept.updated_at).total_seconds()
            if left > 0:
                raise WaitError(int(left) + 1)
        kept.value, kept.updated_at = {"tries": tries + 1}, moment


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(_secret() + (_take_password() or ""), salt="sign-in")


def _tickets() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(_secret(), salt="ticket")


def _mixed(word: str) -> str:
    """A word that says nothing to who reads the database."""
    return hashlib.sha256(f"{_secret()}:{word}".encode()).hexdigest()[:32]


@cache
def _secret() -> str:
    """The workspace's own secret, made at first use and readable by its owner only. It is there whole or not at all; one
    that a power cut left short is made anew."""
    path = files.state("secret")
    with FileLock(files.lock("secret")):
        if path.exists() and len(word := path.read_text(encoding="ascii")) >= SECRET_LETTERS:
            return word
        with files.atomic(path, mode=0o600) as part:
            part.write_text(made := secrets.token_hex(SECRET_LETTERS // 2), encoding="ascii")
        return made
