"""What finding the main text of a page takes: its boxes, their weight, what is trimmed and cut."""
