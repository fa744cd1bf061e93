"""Hugging Face models through transformers' continuous batching."""
