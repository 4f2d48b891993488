"""`fanwen build --engine spark`: the build of `pipeline.corpus` on many machines, with the same stages and the same outcome."""
