"""NegBench's kinds of benchmarks, from any captioned images with annotated objects."""
