"""What undoing pinyin injection takes: its forms, the bytes that shifted, how a candidate reads."""
