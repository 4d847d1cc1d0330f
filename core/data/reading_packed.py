"""A file out of gzip or out of a zip that holds one table, as long as it is not larger than it may be."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path

from core.data import limits
from core.data.refusals import damaged, too_large
from core.words import Text, UserError


def unpacked(path: Path, name: str) -> bytes:
    """The file's bytes. Raises UserError where they are more than limits.MAX_BYTES, damaged, or several tables."""
    if path.stat().st_size > limits.MAX_BYTES:
        raise too_large(name)
    data = path.read_bytes()
    if data.startswith(b"\x1f\x8b"):
        return _gunzip(data, name)
    return _unzip(data, name) if data.startswith(b"PK\x03\x04") else data


def _gunzip(data: bytes, name: str) -> bytes:
    parts, size = [], 0
    try:
        while data:
            unpacker = zlib.decompressobj(wbits=31)
            parts.append(unpacker.decompress(data, limits.MAX_BYTES + 1 - size))
            size += len(parts[-1])
            if size > limits.MAX_BYTES:
                raise too_large(name)
            if not unpacker.eof:
                raise zlib.error("cut short")
            data = unpacker.unused_data.lstrip(b"\x00")
    except zlib.error:
        raise damaged(name) from None
    return b"".join(parts)


def _unzip(data: bytes, name: str) -> bytes:
    """A workbook as it is; else the only table in the archive."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > limits.MAX_BYTES:
                raise too_large(name)
            names = archive.namelist()
            if "[Content_Types].xml" in names or "mimetype" in names:
                return data
            tables = [
                n for n in names if not n.endswith("/") and "__MACOSX" not in n and not Path(n).name.startswith(".")
            ]
            if len(tables) != 1:
                raise UserError(
                    Text(
                        "“{name}” holds {n} files. Upload one table at a time.",
                        "“{name}”里有 {n} 个文件。请一次上传一个表格。",
                    ).fill(name=name, n=len(tables))
                )
            inner = archive.read(tables[0])
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, zlib.error):
        raise damaged(name) from None
    return _gunzip(inner, name) if inner.startswith(b"\x1f\x8b") else inner
