"""What would happen if an alert left now: whom it reaches, when, at what cost, by which paths."""
