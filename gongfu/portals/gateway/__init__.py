"""The door for machines: messages in, receipts out, OAuth2 client credentials."""
