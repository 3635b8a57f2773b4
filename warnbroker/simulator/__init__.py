"""Stand-ins for the paid providers at the far end: an SMS and voice provider and a mail relay.

They speak Twilio's API and SMTP over real sockets, misbehave as a fault script says, and
write down in an append-only journal what reached them.
"""
