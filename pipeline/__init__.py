"""All that happens to a page after it was fetched: no network."""
