"""Reaching people (触达): texts, reminders, a lost card, what became of somebody, opt-outs."""
