"""What the record says of how people acted: late, missed, false, perhaps concealed."""
