"""`dedupe --engine spark`: what tasks read and write, and the run; the engine itself is `pipeline.engine.spark`."""
