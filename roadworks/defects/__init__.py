"""A fault of a road, from report to mended."""
