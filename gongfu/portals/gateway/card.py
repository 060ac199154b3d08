"""What developers find: the register of standards, a firm's own desk, and the routes of the machine interface."""

from gongfu.base.cards import Card, Endpoint, Screen
from gongfu.portals.gateway import screens

FEATURES = ("gateway.developers",)
BASE = "/gateway/v1"
VERSION = f"{BASE}/standards/{{code}}/{{version}}"
CARD = Card(
    "gateway", "机器接口", "Machine interface",
    screens=(
        Screen("developers", "开发者", "Developers", "public", "developers/", screens.register, features=FEATURES),
        Screen("developer", "接口与密钥", "Keys and tests", "enterprise", "developer", screens.desk, "access.keys", "系统", "System", "key", 90, FEATURES),
        Screen("report", "一致性测试报告", "Conformance report", "enterprise", "developer/reports/<int:number>", screens.report, "access.keys", features=FEATURES),
    ),
    endpoints=(
        Endpoint("GET", f"{BASE}/standards", "", FEATURES),
        Endpoint("GET", f"{BASE}/standards/code-lists/{{name}}", "", FEATURES),
        Endpoint("GET", VERSION, "", FEATURES),
        Endpoint("GET", f"{VERSION}/{{kind}}", "", FEATURES),
        Endpoint("GET", f"{VERSION}/{{kind}}/schema", "", FEATURES),
        Endpoint("GET", f"{VERSION}/{{kind}}/samples", "", FEATURES),
        Endpoint("GET", f"{VERSION}/{{kind}}/samples/{{name}}", "", FEATURES),
        Endpoint("POST", f"{BASE}/conformance", "gateway.conform", FEATURES),
        Endpoint("GET", f"{BASE}/conformance/{{number}}", "gateway.conform", FEATURES),
        Endpoint("GET", f"{BASE}/certified", "gateway.conform", FEATURES),
        Endpoint("GET", f"{BASE}/webhooks", "hooks.read", FEATURES),
        Endpoint("POST", f"{BASE}/webhooks", "hooks.register", FEATURES),
        Endpoint("POST", f"{BASE}/webhooks/{{number}}/rotate", "hooks.rotate", FEATURES),
        Endpoint("DELETE", f"{BASE}/webhooks/{{number}}", "hooks.remove", FEATURES),
        Endpoint("GET", f"{BASE}/deliveries", "hooks.read", FEATURES),
        Endpoint("POST", f"{BASE}/deliveries/{{number}}/resend", "hooks.resend", FEATURES),
    ),
)  # fmt: skip
