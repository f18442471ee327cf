"""negdata teaches CLIP what "no" means: verified negation-aware captions, benchmarks and fine-tuning."""

__version__ = "0.1.0"
