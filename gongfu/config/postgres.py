"""The embedded PostgreSQL of a data folder: made, started, found again, stopped, killed.

initdb with checksums and the builtin C.UTF-8 locale, settings in an included file, a socket in a short folder, password
sign-in, `postgres` as a foreground child that ends with us. DATABASE_URL, when set, replaces all of it.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from gongfu.config import pgprograms, processes
from gongfu.config.pgprograms import Missing
from gongfu.config.supervisor import Child

__all__ = ["Cluster", "Missing", "child", "cluster", "database_url"]

OWNER, DATABASE, SUPERUSER = "gongfu", "gongfu", "postgres"
READY_SECONDS = 60
STOP_SECONDS = 20
POLL_SECONDS = 0.05
SOCKET_BYTES = 107 - len("/.s.PGSQL.5432.lock")
INITDB = ("--auth=scram-sha-256", "--data-checksums", "--encoding=UTF8", "--locale-provider=builtin",
          "--builtin-locale=C.UTF-8", "--locale=C", f"--username={SUPERUSER}")  # fmt: skip
SETTINGS = """# written at every start
listen_addresses = ''
port = 5432
unix_socket_directories = '{socket}'
unix_socket_permissions = 0700
password_encryption = 'scram-sha-256'
max_connections = 60
shared_buffers = '256MB'
maintenance_work_mem = '128MB'
wal_compression = 'pglz'
max_wal_size = '4GB'
random_page_cost = 1.1
effective_cache_size = '2GB'
fsync = on
synchronous_commit = on
timezone = 'UTC'
jit = off
"""
Say = Callable[[str], None]


def _quiet(_: str) -> None:
    return None


class Cluster:
    """One data folder's server.

    data: the data folder (GONGFU_DATA), made when absent.  say: hears one line of progress at a time.
    `folder` holds the server's files: inside `data`, or below /var/lib/gongfu when the server's user cannot pass there.
    """

    def __init__(self, data: Path, say: Say = _quiet) -> None:
        self.home = data.resolve()
        self.home.mkdir(mode=0o711, parents=True, exist_ok=True)
        self.say = say
        self.process: subprocess.Popen[bytes] | None = None
        key = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]
        reachable = os.geteuid() != 0 or pgprograms.can_enter(self.home)
        self.folder = self.home / "postgres" if reachable else pgprograms.PUBLIC / key
        self.user = pgprograms.server_user(self.folder)
        self.socket = _short(f"gongfu-{os.geteuid()}-{key}")

    # ── making ────────────────────────────────────────────────────────────
    def ensure(self) -> None:
        """Make the database files when there are none; all or nothing, so a broken attempt is simply made again."""
        if (self.folder / "PG_VERSION").exists():
            if (self.home / "superuser.password").exists():
                return
            aside = self.folder.with_name(f"{self.folder.name}.{secrets.token_hex(4)}")
            self.say(f"the data folder lost the database's password: that database is put aside in {aside}")
            self.folder.rename(aside)
        self.say("creating the database")
        part = self.folder.with_name(f"{self.folder.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        part.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
        part.mkdir(mode=0o700)
        pgprograms.give(part, self.user)
        with tempfile.NamedTemporaryFile("w", prefix="gongfu-", dir="/tmp") as file:
            file.write(self._password(SUPERUSER))
            file.flush()
            pgprograms.give(Path(file.name), self.user)
            initdb = pgprograms.program("initdb", self.user)
            pgprograms.run([initdb, *INITDB, f"--pwfile={file.name}", "-D", str(part)], self.user)
        with (part / "postgresql.conf").open("a") as conf:
            conf.write("\ninclude 'gongfu.conf'\n")
        part.rename(self.folder)

    def _password(self, role: str) -> str:
        """A role's password: made once, kept in the data folder, readable by its owner alone."""
        file = self.home / ("superuser.password" if role == SUPERUSER else "owner.password")
        if not file.exists():
            _write_private(file, secrets.token_urlsafe(32))
        return file.read_text()

    # ── looking ───────────────────────────────────────────────────────────
    def url(self, database: str = DATABASE, role: str = OWNER) -> str:
        """postgresql://… of a database here, over the socket."""
        return f"postgresql://{role}:{quote(self._password(role))}@/{quote(database)}?host={quote(str(self.socket))}&port=5432"

    def running(self) -> bool:
        """Whether a server, ours or another process's, works on these files and takes connections."""
        lines = self._pid_file()
        if not self._server() or len(lines) < 8:
            return False
        self.socket = Path(lines[4] or self.socket)
        return lines[7].strip() == "ready"

    def _server(self) -> int | None:
        """Process id of the server on these files; None when there is none, whatever a left-over lock file says."""
        number = "".join(self._pid_file()[:1]).strip()
        alive = number.isdigit() and processes.is_working_in(int(number), self.folder, "postgres")
        return int(number) if alive else None

    def answers(self) -> bool:
        """Whether a connection can be made now."""
        if not self.running():
            return False
        try:
            with psycopg.connect(self.url(SUPERUSER, SUPERUSER), connect_timeout=2):
                return True
        except psycopg.OperationalError:
            return False

    def _pid_file(self) -> list[str]:
        """Lines of postmaster.pid: process, folder, start, port, socket folder, address, memory, state."""
        try:
            return (self.folder / "postmaster.pid").read_text().splitlines()
        except OSError:
            return []

    # ── running ───────────────────────────────────────────────────────────
    def start(self) -> None:
        """Return when a server answers: the one there, or a new one; Missing, with its last word, when none comes."""
        with self._alone():
            if self._server():
                processes.until(lambda: self.running() or not self._server(), READY_SECONDS)
            if self.running():
                return
            argv = self.prepare()
            self.say("starting the database")
            with self.log.open("ab") as log:
                already = log.tell()
                self.process = subprocess.Popen(
                    argv,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd="/",
                    env=pgprograms.ENVIRONMENT,
                    start_new_session=True,
                    preexec_fn=processes.dies_with_parent(signal.SIGINT),
                    **pgprograms.identity(self.user),
                )
            self._wait(self.process, already)
            self.furnish()

    @property
    def log(self) -> Path:
        """What the server writes; its folder is made when absent."""
        folder = self.home / "log"
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder / "postgres.log"

    def prepare(self) -> list[str]:
        """Make all ready for a new server, sweep up after a dead one; the command that runs it, as `user`."""
        self.ensure()
        self.socket.mkdir(mode=0o711, exist_ok=True)
        if self.socket.is_symlink() or self.socket.stat().st_uid not in (os.geteuid(), self.folder.stat().st_uid):
            raise Missing(f"the socket folder {self.socket} belongs to somebody else: remove it")
        pgprograms.give(self.socket, self.user)
        settings = self.folder / "gongfu.conf"
        settings.write_text(SETTINGS.format(socket=str(self.socket).replace("'", "''")))
        pgprograms.give(settings, self.user)
        self._sweep()
        return [pgprograms.program("postgres", self.user), "-D", str(self.folder)]

    def _sweep(self) -> None:
        """After a kill -9: end helpers that lost their server, and drop the lock file of a server that is gone."""
        if self._server():
            raise Missing(f"another gongfu command uses the database in {self.folder}: try again when it has ended")
        processes.kill(processes.working_in(self.folder, "postgres"))
        (self.folder / "postmaster.pid").unlink(missing_ok=True)

    def _wait(self, server: subprocess.Popen[bytes], already: int) -> None:
        """Until it takes connections; Missing with the first complaint in the log after `already` bytes."""
        for _ in range(int(READY_SECONDS / POLL_SECONDS)):
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(POLL_SECONDS)
                raise Missing(f"the database did not start: {_complaint(self.log, already)} ({self.log})")
            if self.running():
                return
        self.stop()
        raise Missing(
            f"the database did not answer within {READY_SECONDS} s: {_complaint(self.log, already)} ({self.log})"
        )

    def furnish(self) -> None:
        """Make the owner and the database when absent, and write the address into `database.url`."""
        with self._administer() as connection:
            if not connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [OWNER]).rowcount:
                create = "CREATE ROLE {} LOGIN CREATEDB NOSUPERUSER PASSWORD {}"
                connection.execute(sql.SQL(create).format(sql.Identifier(OWNER), sql.Literal(self._password(OWNER))))
        self.create_database(DATABASE)
        _write_private(self.home / "database.url", self.url())

    @contextlib.contextmanager
    def _administer(self) -> Iterator[psycopg.Connection]:
        try:
            connection = psycopg.connect(self.url(SUPERUSER, SUPERUSER), autocommit=True, connect_timeout=10)
        except psycopg.OperationalError as error:
            raise Missing(f"the database does not let us in: {error}") from error
        with connection:
            yield connection

    def create_database(self, name: str) -> str:
        """Make a database of the owner's unless it is there; its URL."""
        with self._administer() as connection:
            if not connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).rowcount:
                create = sql.SQL("CREATE DATABASE {} OWNER {}")
                connection.execute(create.format(sql.Identifier(name), sql.Identifier(OWNER)))
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drop a database, with whoever is connected to it, if it is there."""
        with self._administer() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    # ── ending ────────────────────────────────────────────────────────────
    def stop(self) -> None:
        """Stop the server this object started: connections end, nothing committed is lost."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()
        self.process = None

    def kill(self) -> None:
        """SIGKILL to every process of the server, whoever started it, as a crash would (fault F3)."""
        first = self._server()
        processes.kill([*([first] if first else []), *processes.working_in(self.folder, "postgres")])
        if self.process:
            self.process.wait()
            self.process = None
        processes.until(lambda: not processes.working_in(self.folder, "postgres"), STOP_SECONDS)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """One starter at a time on a data folder; the others wait here."""
        with (self.home / "postgres.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def child(server: Cluster) -> Child:
    """The server as a child of the supervisor: swept up, started, and ready once owner and database are there."""

    def ready() -> bool:
        if not server.answers():
            return False
        server.furnish()
        return True

    return Child(
        "postgres",
        server.prepare,
        env=pgprograms.ENVIRONMENT,
        ready=ready,
        stop=signal.SIGINT,
        identity={"cwd": "/", **pgprograms.identity(server.user)},
    )


def _short(name: str) -> Path:
    """A folder for the socket: in the temporary folder, or in /tmp when that path is too long for a socket."""
    place = Path(tempfile.gettempdir()) / name
    return place if len(os.fsencode(place)) <= SOCKET_BYTES else Path("/tmp") / name  # noqa: S108  (`prepare` checks whose it is)


def _write_private(file: Path, text: str) -> None:
    """Replace `file` in one step, readable by its owner alone."""
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(text)
    part.replace(file)


def _complaint(log: Path, already: int) -> str:
    """The first complaint in a log after its first `already` bytes, or what it says last."""
    lines = log.read_bytes()[already:].decode(errors="replace").splitlines() or ["it said nothing"]
    complaints = [line for line in lines if any(word in line for word in ("LOG:  unrec", "FATAL", "PANIC", "error"))]
    return (complaints or lines[-1:])[0]


def database_url(data: Path) -> str:
    """DATABASE_URL, or the address of the embedded server of a data folder (running or not)."""
    return os.environ.get("DATABASE_URL") or Cluster(data).url()


@contextlib.contextmanager
def cluster(data: Path, say: Say = _quiet) -> Iterator[str]:
    """The database's URL: DATABASE_URL, the server already running on the data folder, or one for the block."""
    outside = os.environ.get("DATABASE_URL")
    if outside:
        yield outside
        return
    server = Cluster(data, say)
    server.start()
    try:
        yield server.url()
    finally:
        server.stop()
