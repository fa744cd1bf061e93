"""How a worker is started, watched, talked to and stopped."""
