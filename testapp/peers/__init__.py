"""The other systems of the demo and the tests, each a process of its own."""
