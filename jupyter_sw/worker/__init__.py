"""The process that holds one model: ``python -m jupyter_sw.worker``.

It serves OpenAI's wire format on a private Unix socket from its first second, loads the model in
a thread of its own, and ends itself when its time is over or nobody renews its lease.
"""
