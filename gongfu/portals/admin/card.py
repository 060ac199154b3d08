"""What everyone at this portal has: background jobs and documents of their own."""

from gongfu.base.cards import Card, Screen
from gongfu.base.files import screens as files
from gongfu.base.screens import jobs

FEATURES = ("cases.hall",)
CARD = Card(
    "admin", "管理员门户", "Administrators' portal",
    screens=(
        Screen("jobs", "后台任务", "Jobs", "admin", "jobs", jobs.page, "jobs.read", "我的", "Mine", "clock-play", order=90, features=FEATURES),
        Screen("job", "后台任务", "Job", "admin", "jobs/<int:number>", jobs.one, "jobs.read", features=FEATURES),
        Screen("job.file", "任务结果", "Result of a job", "admin", "jobs/<int:number>/file", jobs.result, "jobs.read", features=FEATURES),
        Screen("file", "文件下载", "Document", "admin", "files/<str:sha256>", files.download, "files.read", features=("access.security",)),
    ),
)  # fmt: skip
