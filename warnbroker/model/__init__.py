"""The nouns of the product as frozen data; no input, no output."""
