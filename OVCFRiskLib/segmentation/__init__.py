"""Vertebral bodies from level points, and from masks made elsewhere."""
