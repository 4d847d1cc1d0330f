"""Limits and folders, read once from the environment."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATABASE = "MODELWRIGHT_DATABASE_"


@dataclass(frozen=True)
class Config:
    """`home` holds everything that a user would miss; `models` is the operator's folder of pretrained models."""

    home: Path
    models: Path | None
    database_url: str
    host: str
    port: int
    password: str | None = field(repr=False)
    max_upload_mb: int
    keep_deleted_hours: float
    keep_inputs: bool = False
    """Whether what a live model is asked is kept in full; else only a keyed hash of it."""
    price_per_hour: float | None = None
    """What an hour of this machine costs, in the operator's own `currency`."""
    currency: str = ""
    databases: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Databases that people may ask for rows: name -> address with its password."""
    typed_databases: bool = True
    """Whether people may type the address of a database themselves."""

    @property
    def is_public(self) -> bool:
        """Whether other machines can reach the pages."""
        return self.host not in ("127.0.0.1", "localhost", "::1")


def read_config() -> Config:
    home = Path(os.environ.get("MODELWRIGHT_HOME") or ROOT / "workspace").expanduser().resolve()
    models, host = os.environ.get("MODELWRIGHT_MODELS"), os.environ.get("HOST", "")
    return Config(
        home=home,
        models=Path(models).expanduser().resolve() if models else None,
        database_url=os.environ.get("DATABASE_URL") or f"sqlite:///{home / 'modelwright.db'}",
        host=host if is_address(host) else "127.0.0.1",
        port=int(os.environ.get("PORT") or 8501),
        password=os.environ.get("MODELWRIGHT_PASSWORD") or None,
        max_upload_mb=int(os.environ.get("MODELWRIGHT_MAX_UPLOAD_MB") or 250),
        keep_deleted_hours=float(os.environ.get("MODELWRIGHT_KEEP_DELETED_HOURS") or 24),
        keep_inputs=(os.environ.get("MODELWRIGHT_KEEP_INPUTS") or "").lower() in ("1", "on", "yes", "true"),
        price_per_hour=float(os.environ.get("MODELWRIGHT_PRICE_PER_HOUR") or 0) or None,
        currency=os.environ.get("MODELWRIGHT_CURRENCY") or "",
        databases={
            key.removeprefix(DATABASE).lower(): value
            for key, value in sorted(os.environ.items())
            if key.startswith(DATABASE) and key != DATABASE and value
        },
        typed_databases=(os.environ.get("MODELWRIGHT_TYPED_DATABASES") or "").lower()
        not in ("0", "off", "no", "false"),
    )


def is_address(host: str) -> bool:
    """Whether one can listen there. A machine's name is none: conda and some shells keep it in HOST, asked or not."""
    try:
        return host == "localhost" or bool(ipaddress.ip_address(host))
    except ValueError:
        return False


@cache
def config() -> Config:
    """The process's configuration; tests that change the environment call `config.cache_clear()`."""
    return read_config()
