"""The web service: HTTP, request verification, settings, storage and commands."""
