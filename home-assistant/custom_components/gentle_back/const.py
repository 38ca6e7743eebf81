"""What is chosen in the options."""

from typing import Final

CONF_MEDIA_PLAYER: Final = "media_player"
