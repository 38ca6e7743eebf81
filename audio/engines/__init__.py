"""Voices: one module for each text-to-speech service."""
