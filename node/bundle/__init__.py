"""Bundles: what a session says, in a file on a stick.

    file       how frames are sealed into a file, and read out of it
    exporting  what the receiver lacks
    importing  what came

A backup is a bundle that a node makes for itself and its parents.

Nothing here knows of a network, and nothing of care.
"""

from node.bundle.exporting import Made, back_up, export
from node.bundle.file import Opened
from node.bundle.importing import Taken, open_bundle, take_in

__all__ = ["Made", "Opened", "Taken", "back_up", "export", "open_bundle", "take_in"]
