"""The engine that is a server of its own: vLLM, SGLang, llama-server, or any by configuration."""
