"""The one ordered list, lowest first: installed apps, URLs, navigation and the import contract follow it."""

BASE = (
    "kit", "access", "audit", "events", "ledgers", "hooks", "bookings", "offers", "tasks", "trails", "articles", "notices", "files", "jobs", "screens", "papers",
    "cases", "registers", "sharing", "partners", "security",
)  # fmt: skip
MODULES = (
    "parties",
    "goods",
    "intake",
    "feeds",
    "trade",
    "declarations",
    "services",
    "matching",
    "tax",
    "drafts",
    "risk",
    "statistics",
)
PORTALS = ("public", "citizen", "enterprise", "bureau", "admin", "gateway", "exchange")
