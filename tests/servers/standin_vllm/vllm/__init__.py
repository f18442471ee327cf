"""A stand-in for vLLM, for machines that haven't the real one: put its folder on PYTHONPATH.

It starts as ``vllm serve`` does, a process of its own beside it, and rewrites captions as the simplest model would.
What goes wrong with it is told by the model's name.
"""
