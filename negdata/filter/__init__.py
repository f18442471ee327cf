"""Decides which caption records are fit to train on."""
