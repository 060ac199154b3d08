"""Numbers, bulk writes, the vault for personal data: small tools every module uses."""
