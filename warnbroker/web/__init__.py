"""What a person sees in a browser; server-rendered, works without scripts."""
