"""What the frame around every page asks for."""

from gongfu.base.cards import Card, Screen
from gongfu.base.screens import desk

HALL = ("cases.hall",)
CARD = Card(
    "screens", "页面框架", "Frame",
    screens=(
        Screen("badges", "待办与未读", "What waits", "desk", "badges", desk.badges, features=HALL),
        Screen("find", "查找", "Find", "desk", "find", desk.find, features=HALL),
        Screen("look", "明暗", "Light or dark", "desk", "look", desk.look),
    ),
)  # fmt: skip
