"""Who must agree before an alert leaves, and what they have said so far."""
