"""Models behind OpenAI-compatible servers: requests in flight, limits, retries, a cache, costs.

Nothing here knows what is asked. Nothing is sent unless a command or a config names a model, and
the key comes from the environment alone: it is in no file, message or error. docs/endpoints.md is
the contract.
"""
