"""A data folder and database of its own for one run, which go at its end."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def own(name: str) -> Iterator[Path]:
    """The data folder; whatever reads settings is imported within, not before."""
    with tempfile.TemporaryDirectory(prefix=f"gongfu-{name}-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o711)  # noqa: S103  (the database user passes through, and lists nothing)
        os.environ.pop("DATABASE_URL", None)
        os.environ["GONGFU_DATA"] = folder
        from gongfu.config.runtime import ready

        with ready() as data:
            yield data
