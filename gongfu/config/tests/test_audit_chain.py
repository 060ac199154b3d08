"""The log: 10,000 random edits, removals, swaps, cuts and insertions are all found; so is a log rewritten whole, by its signed head."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from random import Random

import pytest
from django.db import connection, transaction

from gongfu.base.access.actor import OPERATOR
from gongfu.base.audit import actions
from gongfu.base.audit.action import record
from gongfu.core import chain
from house.crowd import sealed

pytestmark = [pytest.mark.feature("access.security"), pytest.mark.rule("R-1402")]
Entries = list[tuple[int, bytes, bytes]]
DAY = date(2026, 11, 28)


def chained(length: int) -> Entries:
    entries, seal = [], chain.GENESIS
    for seq in range(1, length + 1):
        body = chain.payload({"id": seq, "verb": f"demo.{seq % 7}", "facts": {"n": seq}})
        seal = chain.link(seal, body)
        entries.append((seq, body, seal))
    return entries


def edited(entries: Entries, at: int, rng: Random) -> Entries:
    seq, body, seal = entries[at]
    place = rng.randrange(len(body))
    return [
        *entries[:at],
        (seq, body[:place] + bytes([body[place] ^ 1 << rng.randrange(8)]) + body[place + 1 :], seal),
        *entries[at + 1 :],
    ]


def resealed(entries: Entries, at: int, rng: Random) -> Entries:
    """A forger who knows how seals are made, and seals one entry and all that follow anew."""
    told = edited(entries, at, rng)
    seal = told[at - 1][2] if at else chain.GENESIS
    for place in range(at, len(told)):
        seal = chain.link(seal, told[place][1])
        told[place] = (told[place][0], told[place][1], seal)
    return told


def swapped(entries: Entries, at: int, rng: Random) -> Entries:
    other = rng.choice([place for place in range(len(entries)) if place != at])
    told = list(entries)
    told[at], told[other] = (told[at][0], *told[other][1:]), (told[other][0], *told[at][1:])
    return told


DAMAGES: dict[str, Callable[[Entries, int, Random], Entries]] = {
    "edit": edited,
    "sealed anew": resealed,
    "swap": swapped,
    "removal": lambda entries, at, rng: [*entries[:at], *entries[at + 1 :]],
    "removal, numbered anew": lambda entries, at, rng: [
        (seq, body, seal) for seq, (_, body, seal) in enumerate([*entries[:at], *entries[at + 1 :]], start=1)
    ],
    "cut": lambda entries, at, rng: entries[:at],
    "insertion": lambda entries, at, rng: [*entries[:at], (entries[at][0], b"{}", rng.randbytes(32)), *entries[at:]],
    "seal": lambda entries, at, rng: [*entries[:at], (*entries[at][:2], rng.randbytes(32)), *entries[at + 1 :]],
}


def test_ten_thousand_random_damages_are_all_found() -> None:
    rng, entries = Random(2026), chained(40)
    head = entries[-1]
    assert list(chain.verify(entries)) == []
    missed = []
    for number in range(10_000):
        name, at = rng.choice(list(DAMAGES)), rng.randrange(len(entries))
        told = DAMAGES[name](entries, at, rng)
        signed_head_fits = bool(told) and (told[-1][0], told[-1][2]) == (head[0], head[2])
        if signed_head_fits and not any(chain.verify(told)):
            missed.append((number, name, at))
    assert missed == []


SQL = {
    "facts": "UPDATE audit_entry SET facts = '{\"n\": -1}' WHERE seq = %(seq)s",
    "actor": "UPDATE audit_entry SET actor = 'nobody' WHERE seq = %(seq)s",
    "verb": "UPDATE audit_entry SET verb = 'x' WHERE seq = %(seq)s",
    "subject": "UPDATE audit_entry SET subject = 'x' WHERE seq = %(seq)s",
    "zone": "UPDATE audit_entry SET zone = 'elsewhere' WHERE seq = %(seq)s",
    "time": "UPDATE audit_entry SET at = at + interval '1 second' WHERE seq = %(seq)s",
    "seal": "UPDATE audit_entry SET seal = decode(repeat('00', 32), 'hex') WHERE seq = %(seq)s",
    "removal": "DELETE FROM audit_entry WHERE seq = %(seq)s",
    "out of the chain": "UPDATE audit_entry SET seq = NULL WHERE seq = %(seq)s",
    "cut": "DELETE FROM audit_entry WHERE seq >= %(seq)s",
    "head": "UPDATE audit_head SET seq = seq - 1, seal = (SELECT seal FROM audit_entry WHERE seq = 24)",
    "head's signature": "UPDATE audit_head SET signature = decode('00', 'hex')",
}


@pytest.mark.django_db(transaction=True)
def test_every_damage_by_force_in_the_database_is_found() -> None:
    for number in range(25):
        with transaction.atomic():
            record(OPERATOR, "demo.act", f"thing:{number}", "nanchong", {"n": number})
    assert sealed()
    actions.sign_head(DAY)
    assert actions.verify() == []
    rng = Random(7)
    for name, statement in SQL.items():
        for _ in range(3):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
                cursor.execute(statement, {"seq": rng.randrange(1, 26)})
                assert cursor.rowcount, name
                assert actions.verify() != [], name
                transaction.set_rollback(True)
    assert actions.verify() == []


@pytest.mark.django_db(transaction=True)
def test_a_log_rewritten_whole_is_caught_by_the_signed_head() -> None:
    """Every entry changed and every seal made anew, as only someone with the whole database and this code could."""
    for number in range(10):
        with transaction.atomic():
            record(OPERATOR, "demo.act", f"thing:{number}", "nanchong", {"n": number})
    assert sealed()
    actions.sign_head(DAY)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
        cursor.execute("UPDATE audit_entry SET actor = 'somebody else'")
        seal = chain.GENESIS
        for seq, body, _ in list(actions.entries()):
            seal = chain.link(seal, body)
            cursor.execute("UPDATE audit_entry SET seal = %s WHERE seq = %s", [seal, seq])
        assert actions.verify() == [f"head of {DAY}: entry 10 is not the one that was signed"]
        transaction.set_rollback(True)
