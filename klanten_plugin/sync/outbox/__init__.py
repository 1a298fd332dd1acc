"""The outbox: claim a row, process it outside any transaction, settle it."""
