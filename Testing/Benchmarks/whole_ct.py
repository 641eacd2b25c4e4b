"""The CT of 512 x 512 x 160 voxels that the benchmarks share, so that their figures can be set side by side."""

from OVCFRiskLib.simulation.phantom import PhantomSettings

WHOLE_CT = PhantomSettings(spacing_mm=(0.7, 0.7, 1.25), field_mm=(358.4, 358.4, 200.0))
