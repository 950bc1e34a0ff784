"""People, the districts and crews they belong to, and how they sign in."""
