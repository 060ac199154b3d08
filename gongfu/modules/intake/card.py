"""What intake offers."""

from gongfu.base.cards import Card, Command, Endpoint, Screen
from gongfu.modules.intake import screens

FEATURES = ("intake.messages",)
CARD = Card(
    "intake", "报文接入与回执", "Messages and receipts",
    screens=(
        Screen("messages", "报文", "Messages", "enterprise", "messages", screens.messages, "intake.read", "申报", "Declaring", "code", features=FEATURES),
        Screen("upload", "上传报文", "Upload", "enterprise", "messages/upload", screens.upload, "intake.submit", features=FEATURES),
        Screen("messages", "报文", "Messages", "bureau", "messages", screens.messages, "intake.read", "运行", "Running", "code", features=FEATURES),
        Screen("refusals", "拒收单证", "Refused documents", "enterprise", "refusals", screens.refusals, "intake.read", "申报", "Declaring", "file-x", features=FEATURES),
        Screen("refusals", "拒收单证", "Refused documents", "bureau", "refusals", screens.refusals, "intake.read", "运行", "Running", "file-x", features=FEATURES),
    ),
    endpoints=(
        Endpoint("POST", "/gateway/v1/messages", "intake.accept", FEATURES),
        Endpoint("GET", "/gateway/v1/messages/{number}", "intake.read", FEATURES),
        Endpoint("GET", "/gateway/v1/receipts", "intake.read", FEATURES),
        Endpoint("POST", "/gateway/v1/token", "", ("gateway.developers",)),
        Endpoint("GET", "/gateway/v1/openapi.json", "", ("gateway.developers",)),
    ),
    commands=(
        Command("gongfu intake", FEATURES), Command("gongfu simulate day", FEATURES), Command("gongfu simulate play", FEATURES), Command("gongfu bench intake", FEATURES),
        Command("gongfu check_invariants", FEATURES), Command("gongfu audit verify", ("access.security",)),
    ),
)  # fmt: skip
