"""Documents by hash: checked by content and name, kept enciphered outside the web's reach, one row per owner and content."""
