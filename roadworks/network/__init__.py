"""The road network: roads, sections, centre-lines, and which section is nearest."""
