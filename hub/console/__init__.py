"""The county's console: what the whole county has, on pages that read and never write.

It stands on the frame of `node.web` (doorway, templates, languages) and asks `hub.registry`. What
can be done about what it shows is done by commands, which each page names.
"""
