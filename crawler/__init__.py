"""All that touches the network: sites, spider, archive, runs."""
