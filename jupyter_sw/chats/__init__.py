"""Conversations and their running turns, kept by the server whoever watches."""
