"""The rules proven from outside: what a listener knows, what was played, and a witness who compares."""
