"""The district's published half-year as data."""
