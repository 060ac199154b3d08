"""The last of a quota: however many reach for it at once, the database lets exactly what fits through (I5)."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.db import IntegrityError, connection, transaction

from gongfu.base.kit import bulk
from gongfu.base.ledgers import actions as ledgers
from gongfu.base.ledgers.models import Account, Movement

pytestmark = [pytest.mark.feature("tax.imports"), pytest.mark.rule("R-118")]
RACER = """
import os, sys
import django
os.environ["DJANGO_SETTINGS_MODULE"] = "gongfu.config.settings"
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[2]
django.setup()
import polars as pl
from django.db import transaction
from gongfu.base.ledgers import actions as ledgers
sys.stdin.readline()
with transaction.atomic():
    account, _, _, limit, used = ledgers.lock("quota", ["racer"], ["2026"]).row(0)
    if used + 10_000 <= limit:
        ledgers.post("reserve", pl.DataFrame({"account": [account], "subject": [sys.argv[1]], "amount_units": [10_000]}))
"""


@pytest.mark.django_db(transaction=True)
def test_twenty_processes_racing_for_the_last_thousand_yuan() -> None:
    ledgers.open_accounts("quota", ["racer"], ["2026"], [100_000])
    name = str(connection.settings_dict["NAME"])
    env = {**os.environ, "POLARS_MAX_THREADS": "1"}
    racers = [
        subprocess.Popen([sys.executable, "-c", RACER, str(number), name], stdin=subprocess.PIPE, env=env)
        for number in range(20)
    ]
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write(b"go\n")
        racer.stdin.close()
    assert [racer.wait(120) for racer in racers] == [0] * 20
    account = Account.objects.get(owner="racer")
    assert (account.reserved_units, Movement.objects.filter(account=account).count()) == (100_000, 10)


@pytest.mark.django_db(transaction=True)
def test_the_database_itself_refuses_what_exceeds_a_limit() -> None:
    import polars as pl

    ledgers.open_accounts("quota", ["buyer"], ["2026"], [2_600_000])
    account = Account.objects.get(owner="buyer")
    entry = {"account": [account.pk], "subject": ["1"], "amount_units": [2_600_001]}
    with pytest.raises(IntegrityError), transaction.atomic():
        ledgers.post("reserve", pl.DataFrame(entry))
    with pytest.raises(Exception, match="balances follow entries"), transaction.atomic():
        bulk.execute("UPDATE ledgers_account SET committed_units = 1 WHERE id = %s", [account.pk])
    ledgers.post("reserve", pl.DataFrame({**entry, "amount_units": [2_600_000]}))
    assert ledgers.settle("commit", ["1"], ("quota",)) == 1
    assert ledgers.settle("release", ["1"], ("quota",)) == 0, "what is used cannot be given back as if it were reserved"
    account.refresh_from_db()
    assert (account.reserved_units, account.committed_units) == (0, 2_600_000)
    with pytest.raises(Exception, match="append-only"), transaction.atomic():
        Movement.objects.all().delete()
