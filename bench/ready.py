"""Imported first by the measuring processes: Django set up, one polars thread a process, as in the product."""

import os

os.environ.setdefault("POLARS_MAX_THREADS", "1")

from gongfu.config.runtime import setup

setup()
