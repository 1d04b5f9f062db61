"""What is measured: accuracy, limits, speed, and sheets to look at; always ``python -m benchmarks.…``."""
