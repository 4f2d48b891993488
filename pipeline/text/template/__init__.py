"""Site templates: where the text stands on the pages of a site, learned once and served from then on."""
