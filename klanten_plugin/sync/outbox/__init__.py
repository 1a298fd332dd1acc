"""The outbox: claim a row, do its work outside any transaction, settle it."""
