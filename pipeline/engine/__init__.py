"""Where stages run: a process pool on one machine."""
