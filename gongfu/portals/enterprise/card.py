"""What everyone at this portal has: background jobs and documents of their own."""

from gongfu.base.cards import Card, Screen
from gongfu.base.files import screens as files
from gongfu.base.screens import jobs
from gongfu.portals.enterprise import mandates, people

FEATURES, SECURITY = ("cases.hall",), ("access.security",)
CARD = Card(
    "enterprise", "企业门户", "Enterprise portal",
    screens=(
        Screen("people", "人员管理", "People", "enterprise", "people", people.page, "people.read", "系统", "System", "users", order=91, features=SECURITY),
        Screen("mandates", "授权委托", "Mandates", "enterprise", "mandates", mandates.page, "mandates.read", "系统", "System", "file-certificate", order=92, features=SECURITY),
        Screen("jobs", "后台任务", "Jobs", "enterprise", "jobs", jobs.page, "jobs.read", "我的", "Mine", "clock-play", order=90, features=FEATURES),
        Screen("job", "后台任务", "Job", "enterprise", "jobs/<int:number>", jobs.one, "jobs.read", features=FEATURES),
        Screen("job.file", "任务结果", "Result of a job", "enterprise", "jobs/<int:number>/file", jobs.result, "jobs.read", features=FEATURES),
        Screen("file", "文件下载", "Document", "enterprise", "files/<str:sha256>", files.download, "files.read", features=("access.security",)),
    ),
)  # fmt: skip
