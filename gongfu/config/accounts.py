"""The names of demonstration accounts: one a role, absent outside the demonstration."""

PASSWORD = "gongfu-demo"  # noqa: S105  (of the demonstration alone, which says so on every page)


def demo_name(role: str) -> str:
    """demo-firm-operator for firm.operator."""
    return f"demo-{role.replace('.', '-')}"
