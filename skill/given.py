"""What every verb of the command line works with; what is wrong with it is wrong use."""

import os

import click

from audio.errors import ContentError
from intents.content import Content, load_content
from skill.settings import Settings, SettingsError, read_settings


def given_content() -> Content:
    """The content; exit 1 with all its problems if it has any."""
    try:
        return load_content()
    except ContentError as error:
        click.echo(f"The content has problems:\n{error}", err=True)
        raise SystemExit(1) from error


def given_settings() -> Settings:
    """The settings of the environment; exit 2 with all their problems."""
    try:
        return read_settings(os.environ)
    except SettingsError as error:
        raise click.UsageError(str(error)) from error
