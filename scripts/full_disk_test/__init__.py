"""What scripts/full-disk-test is made of."""
