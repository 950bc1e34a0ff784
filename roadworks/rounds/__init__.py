"""Patrol rounds 日常巡查: what is due, who walked where, what was found on the way."""
