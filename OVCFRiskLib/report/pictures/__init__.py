"""Pictures of the bodies: 3D overlay, slices, thumbnails."""
