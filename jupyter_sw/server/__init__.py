"""The server half: an extension of the Jupyter Server, or a small private server of its own."""
