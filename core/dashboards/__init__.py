"""What makes the cards of scenarios of one kind: drawn from results alone, with no model in memory."""
