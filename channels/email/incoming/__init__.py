"""What comes back by mail: bounces, complaints, answers; read, matched, taken in."""
