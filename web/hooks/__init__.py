"""Uploads from programs."""
