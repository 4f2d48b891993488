"""What is said of runs: alarms, figures for Prometheus, a webhook, the state of things for an operator."""
