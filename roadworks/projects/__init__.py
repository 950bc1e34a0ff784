"""Medium and major repairs: stages with their gates, papers, tender, condition, candidates, the wall."""
