"""Articles: published texts in two languages, with versions, readers and the days on which they hold."""
