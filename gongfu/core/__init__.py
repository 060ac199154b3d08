"""Customs format, money, findings, flows, chains and masks: no Django, no database, no clock."""
