"""The Kit-compatible server: keeps the list, delivers, lets readers leave."""
