"""`gongfu evidence verify`: prove a package without any database, network or other part of the platform."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any


def verify(told: argparse.Namespace) -> tuple[Any, str, int]:
    """What is wrong with a package, in plain words; 1 when anything is. OSError when there is no such file."""
    from gongfu.core.evidence import verify as prove

    key = Path(told.key).read_text().strip() if told.key and Path(told.key).is_file() else told.key
    proof = prove(told.file.read_bytes(), key=key)
    head = proof.head
    result = {
        "sound": not proof.faults,
        "key": proof.key,
        "package": head,
        "faults": [{"zh": zh, "en": en} for zh, en in proof.faults],
    }
    if proof.faults:
        return result, "\n".join(f"{zh} {en}" for zh, en in proof.faults), 1
    text = (
        f"完好 sound: {head['number']} {head['result']} {head['supported_fen'] / 100:,.2f} / {head['asked_fen'] / 100:,.2f} {head['currency']}\n"
        f"party {head['party']}  reader {head['reader']}  purpose {head['purpose']}  until {head['consent_until']}\n"
        f"signed with the key {proof.key}" + ("" if key else " (inside the package: compare it with the platform's published key)")
    )  # fmt: skip
    return result, text, 0


def options(into: Any, add: Any, show: Any) -> None:
    """`gongfu evidence verify FILE [--key KEY]`."""

    def run(told: argparse.Namespace) -> int:
        result, text, code = verify(told)
        show(told, result, text)
        return code

    one = add(
        into, "verify", run, "prove an evidence package without any network, and say in plain words what was altered"
    )
    one.add_argument("file", type=Path)
    one.add_argument(
        "--key", default="", help="the platform's public key (gongfu partner key), or a file that holds it"
    )
