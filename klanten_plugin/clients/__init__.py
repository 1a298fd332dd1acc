"""One module per remote system; only here is HTTP spoken."""
