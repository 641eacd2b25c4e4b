# Slicer's own CMake code stands here in a real build.
