"""Orders to a crew: two clocks, evidence, verification by somebody else."""
