"""The ground every room stands on; it knows nothing of roads."""
