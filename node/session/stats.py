"""What a session has moved, in figures."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Stats:
    """What a session has moved.

    Attributes:
        payload_sent: Serialised bytes of all frames sent.
        payload_received: The same of all received.
    """

    frames_sent: int = 0
    frames_received: int = 0
    payload_sent: int = 0
    payload_received: int = 0
    segments_sent: int = 0
    segments_received: int = 0
    segments_new: int = 0
    changes_new: int = 0
