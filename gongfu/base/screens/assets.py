"""Scripts and styles as they are sent: the files that pages name, copied together and packed once, when an installation starts."""

from __future__ import annotations

import shutil
from pathlib import Path

from django.contrib.staticfiles import finders
from whitenoise.compress import Compressor

# What templates name with {% static %}; a test compares the two.
NAMES = (
    "tabler/css/tabler.min.css",
    "htmx/htmx.min.js",
    "echarts/echarts.common.min.js",
    "look/tokens.css",
    "look/app.css",
    "look/app.js",
    "look/charts.js",
    "look/mark.svg",
)


def collect(folder: Path) -> list[Path]:
    """Copy what changed into `folder`, each with its .gz and .br beside it; gives the files written. LookupError for one that is not installed."""
    pack = Compressor(use_gzip=True, use_brotli=True, quiet=True)
    written = []
    for name in NAMES:
        source, target = finders.find(name), folder / name
        if source is None:
            raise LookupError(name)
        if target.exists() and target.read_bytes() == Path(source).read_bytes():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        written += [target, *(Path(one) for one in pack.compress(str(target)))]
    return written
