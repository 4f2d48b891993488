"""The sample web: invented essays on five sites in real layouts, with its own truth."""
