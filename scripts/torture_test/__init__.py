"""What scripts/torture-test is made of."""
