"""What security offers: pages of the three administrators, the citizen's page, incidents, requests, privacy assessments."""

from gongfu.base.cards import Card, Screen
from gongfu.base.security import assessments, incidents, requests, screens

FEATURES = ("access.security",)
SECURITY, MINE = ("安全", "Security"), ("我的信息", "My data")
CARD = Card(
    "security", "安全与个人信息保护", "Security and personal data",
    screens=(
        Screen("controls", "安全控制点", "Controls", "admin", "controls", screens.controls, "controls.read", *SECURITY, "shield-lock", order=10, features=FEATURES),
        Screen("incidents", "网络安全事件", "Incidents", "admin", "incidents", screens.incidents, "controls.read", *SECURITY, "alarm", order=11, features=FEATURES),
        Screen("people", "账号", "Accounts", "admin", "people", screens.people, "people.read", *SECURITY, "users", order=12, features=FEATURES),
        Screen("watch", "读取监督", "Reads under watch", "admin", "watch", screens.watch, "audit.read", *SECURITY, "eye-exclamation", order=13, features=FEATURES),
        Screen("me", "谁看过我的信息", "My data", "citizen", "me", screens.me, "sharing.log", *MINE, "user-shield", order=10, features=FEATURES),
    ),
    cases=(incidents.KIND, requests.KIND),
    registers=(assessments.REGISTER,),
)  # fmt: skip
