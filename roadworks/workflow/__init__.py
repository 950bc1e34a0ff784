"""May, can, did: who may take a step, what can follow what, and the trail of what was done."""
