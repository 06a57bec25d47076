"""What scripts/crash-test and scripts/outage-test are made of."""
