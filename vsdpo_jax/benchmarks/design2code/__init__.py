"""Design2Code (Si et al. 2024): a page against a reference page."""
