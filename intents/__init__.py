"""The conversation: what was asked for → what is said."""
