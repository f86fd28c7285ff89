"""What only a county adds: nothing yet.

Serving children, enrolling them and syncing is the work of every parent, a township's too, so it
lives in `node`. The consolidated registry, the console, imports from departments and publication
get their rooms here; they may import `node` and are imported by `cli` alone.
"""
