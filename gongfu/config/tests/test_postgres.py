"""The embedded database: made, found again, stopped and killed, in a folder with a space and Chinese characters."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from gongfu.config import pgprograms, processes
from gongfu.config.postgres import Cluster, Missing, cluster, database_url

HOLDER = """
import signal, sys
from pathlib import Path
from gongfu.config.postgres import Cluster
Cluster(Path(sys.argv[1])).start()
print("up", flush=True)
signal.pause()
"""


def passable(place: Path) -> None:
    """Let the server's user through pytest's folders, which are closed to others."""
    for folder in (place, *place.parents):
        if folder.stat().st_uid == os.geteuid():
            folder.chmod(folder.stat().st_mode | 0o011)


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    """One data folder for the module: what a crash leaves behind is what the next test finds.

    Not among pytest's folders, which another session closes to the server's user.
    """
    with tempfile.TemporaryDirectory(prefix="库", ignore_cleanup_errors=True) as folder:
        place = Path(folder) / "数据 库's"
        passable(place.parent)
        yield place


@pytest.fixture
def server(data: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    found = Cluster(data)
    found.start()
    yield found
    found.kill()


def one(url: str, query: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(query).fetchone()
    return row[0] if row else None


def test_the_owner_is_no_superuser_and_durability_is_on(server: Cluster, data: Path) -> None:
    assert server.folder == data / "postgres"
    assert one(server.url(), "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
    settings = {name: one(server.url(), f"SHOW {name}") for name in ("fsync", "synchronous_commit", "data_checksums")}
    assert settings == {"fsync": "on", "synchronous_commit": "on", "data_checksums": "on"}
    locale = "SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname = current_database()"
    assert one(server.url(), locale) == "bC.UTF-8"


def test_nobody_signs_in_without_the_password(server: Cluster) -> None:
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(server.url().replace(server._password("gongfu"), "wrong"))
    assert (server.home / "owner.password").stat().st_mode & 0o077 == 0
    assert (server.home / "database.url").stat().st_mode & 0o077 == 0


def test_the_server_does_not_run_as_root(server: Cluster) -> None:
    assert server.process is not None
    assert Path(f"/proc/{server.process.pid}").stat().st_uid != 0
    assert server.folder.stat().st_mode & 0o077 == 0


def test_a_running_server_is_found_and_left_running(server: Cluster, data: Path) -> None:
    with cluster(data) as url:
        assert one(url, "SELECT 1") == 1
    second = Cluster(data)
    second.start()
    second.stop()
    assert second.process is None
    assert server.answers()
    assert database_url(data) == server.url()


def test_stop_and_start_keep_the_rows(server: Cluster, data: Path) -> None:
    with psycopg.connect(server.url()) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
        connection.execute("INSERT INTO kept VALUES (1)")
    server.stop()
    assert not server.running()
    with cluster(data) as url:
        assert one(url, "SELECT sum(n) > 0 FROM kept") is True
    assert not server.running()


def test_after_kill_9_of_the_server_it_starts_again(server: Cluster) -> None:
    with psycopg.connect(server.url()) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS crashed (n int)")
        connection.execute("INSERT INTO crashed VALUES (1)")
    server.kill()
    assert (server.folder / "postmaster.pid").exists(), "a crash leaves its lock file behind"
    assert processes.working_in(server.folder, "postgres") == []
    assert not server.answers()
    server.start()
    assert one(server.url(), "SELECT sum(n) > 0 FROM crashed") is True


def test_helpers_that_lost_their_server_are_swept_up(server: Cluster) -> None:
    assert server.process is not None
    with psycopg.connect(server.url()) as connection:
        helpers = processes.working_in(server.folder, "postgres")
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait()
        server.start()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    assert not set(helpers) & set(processes.working_in(server.folder, "postgres"))


def test_a_lock_file_naming_a_strange_process_does_not_stop_us(server: Cluster) -> None:
    server.stop()
    (server.folder / "postmaster.pid").write_text(
        f"{os.getpid()}\n{server.folder}\n1\n5432\n{server.socket}\n\n1 1\nready\n"
    )
    assert not server.running()
    server.start()
    assert server.answers()


def test_the_server_ends_with_a_parent_that_is_killed(data: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(data)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "up\n"
    found = Cluster(data)
    assert found.running()
    holder.kill()
    holder.communicate()
    limit = time.monotonic() + 10
    while processes.working_in(found.folder, "postgres") and time.monotonic() < limit:
        os.sched_yield()
    assert processes.working_in(found.folder, "postgres") == []


def test_databases_for_tests_come_and_go(server: Cluster) -> None:
    url = server.create_database("试 'x\"")
    assert server.create_database("试 'x\"") == url
    with psycopg.connect(server.url("试 'x\"")) as connection:
        server.drop_database("试 'x\"")
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(url)


def test_the_socket_path_stays_within_its_limit(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / ("长" * 40)))
    assert len(os.fsencode(Cluster(data).socket / ".s.PGSQL.5432.lock")) <= 107


def test_an_unfinished_initdb_is_made_again(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "postgres.part").mkdir(parents=True)
    (home / "postgres.part" / "PG_VERSION").write_text("18")
    passable(home)
    with cluster(home) as url:
        assert one(url, "SELECT 1") == 1


def test_database_url_of_the_environment_wins(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/gongfu")
    assert database_url(data) == "postgresql://elsewhere/gongfu"
    with cluster(data) as url:
        assert url == "postgresql://elsewhere/gongfu"


def test_a_server_that_cannot_start_says_why(server: Cluster) -> None:
    server.stop()
    conf = server.folder / "postgresql.conf"
    good = conf.read_text()
    conf.write_text(good + "\nno_such_setting = 1\n")
    try:
        with pytest.raises(Missing, match="no_such_setting"):
            server.start()
    finally:
        conf.write_text(good)


def test_a_database_whose_password_was_lost_is_put_aside(tmp_path: Path) -> None:
    home = tmp_path / "home"
    said: list[str] = []
    (home / "postgres").mkdir(parents=True)
    (home / "postgres" / "PG_VERSION").write_text("18")
    passable(home)
    with cluster(home, said.append) as url:
        assert one(url, "SELECT 1") == 1
    assert [file.read_text() for file in home.glob("postgres.*/PG_VERSION")] == ["18"]
    assert any("put aside" in line for line in said)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts the server as somebody else")
def test_below_a_closed_folder_root_puts_data_and_programs_where_the_server_can_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    public = Path("/var/lib") / f"gongfu-test-{os.getpid()}"
    monkeypatch.setattr(pgprograms, "PUBLIC", public)
    monkeypatch.setattr(pgprograms, "can_enter", lambda folder: False)
    try:
        with cluster(tmp_path / "closed") as url:
            assert one(url, "SELECT 1") == 1
        assert not (tmp_path / "closed" / "postgres").exists()
    finally:
        subprocess.run(["rm", "-rf", str(public)], check=True)
