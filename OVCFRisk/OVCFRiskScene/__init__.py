"""MRML <-> library: nodes become SimpleITK images and points, results become nodes. No Qt here."""
