"""Escalate: climb the level's ladder for people of whom no receipt comes."""
