"""Sharing (数据共享): datasets, grants, consents, and the one door through which data leaves a desk."""
