"""Reference pages made from the code: errors, messages, commands, the map.

python -m gongfu.config.reference     (writes docs/reference and docs/map.md)
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from gongfu.config.cli import parser
from gongfu.config.house import house_map
from gongfu.config.runtime import setup
from gongfu.core.ceb.schema import RECEIPT_OF, Field, tables
from gongfu.core.rule import registry
from gongfu.modules.intake.rules import TAKEN_UP

ROOT = Path(__file__).resolve().parents[2]
MADE = "Made by `python -m gongfu.config.reference`; a test keeps it current.\n"


def errors() -> str:
    """Every code with its meaning and remedy, in both languages."""
    lines = ["# Error codes", "", MADE]
    for code, text in sorted(registry().items()):
        kind = "remark" if text.tolerated else f"HTTP {text.status}"
        lines += [f"## {code}", "", f"{text.title['zh']} · {text.title['en']} ({kind})", "", f"- {text.message['zh']}", f"- {text.message['en']}",
                  f"- 怎么办：{text.remedy['zh']}", f"- What to do: {text.remedy['en']}", ""]  # fmt: skip
    return "\n".join(lines)


def _field(field: Field) -> str:
    kind = {"C": "text", "N": f"decimal {field.digits},{field.fraction}", "I": f"integer, {field.digits} digits"}.get(
        field.kind, field.kind
    )
    length = (
        ""
        if field.kind in "NI" or field.high > 100_000
        else f"{field.low}"
        if field.low == field.high
        else f"{field.low}..{field.high}"
    )
    return f"| `{field.name}` | {field.chinese} | {kind} | {length} | {field.required} | {field.codes} |"


def messages() -> str:
    """Every message with its fields in wire order."""
    lines = [
        "# Customs messages",
        "",
        MADE,
        "Fields in wire order, after the CEB 202205 schema. Required: Y yes, N no, C on a condition.",
        "",
    ]
    for name, table in tables().items():
        answer = RECEIPT_OF.get(name)
        what = "taken up" if name in TAKEN_UP else "receipt" if table.is_receipt else "checked and kept"
        lines += [f"## {name} {table.title}", "", f"{what}" + (f"; answered with {answer}" if answer else "") + (f"; at most {table.documents[1]} documents" if table.documents[1] < 1000 else ""), "",
                  "| field | 字段 | kind | length | required | codes |", "| --- | --- | --- | --- | --- | --- |"]  # fmt: skip
        lines += [_field(field) for field in table.head_fields]
        if table.item_fields:
            lines += ["| **lines** | 表体 | | | | |", *(_field(field) for field in table.item_fields)]
        lines.append("")
    return "\n".join(lines)


def _commands(top: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    for action in top._actions:
        if isinstance(action, argparse._SubParsersAction):
            for child in action.choices.values():
                yield from _commands(child)
            return
    yield top


def commands() -> str:
    """Every command with its help."""
    lines = [
        "# Commands",
        "",
        MADE,
        "Exit codes: 0 done, 1 done but something was refused or found, 2 could not be done.",
        "",
    ]
    for one in _commands(parser()):
        one.formatter_class = lambda prog: argparse.HelpFormatter(prog, width=110)
        lines += [f"## {one.prog}", "", "```text", one.format_help().rstrip(), "```", ""]
    return "\n".join(lines)


def pages() -> dict[str, str]:
    """path under docs → text."""
    return {
        "reference/errors.md": errors(),
        "reference/messages.md": messages(),
        "reference/commands.md": commands(),
        "map.md": house_map(),
    }


def main() -> None:
    for name, text in pages().items():
        (ROOT / "docs" / name).write_text(text.rstrip() + "\n", "utf-8")


if __name__ == "__main__":
    setup()
    main()
