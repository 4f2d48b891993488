"""Page to essays: decoding, main text, repair, line rules, splitting, script, masks."""
