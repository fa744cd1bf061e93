"""Wire models: what travels between browser, kernel, server and worker.

Everything here is plain pydantic and imports nothing of the rest of the package but `errors`.
Times are seconds since the epoch (UTC), durations are seconds, memory is bytes.
"""
