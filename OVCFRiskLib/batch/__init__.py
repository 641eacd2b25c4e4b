"""Many CTs from a manifest: isolated workers or a dask cluster, resume, tables and a summary page."""

from OVCFRiskLib.batch.run import BatchOptions, BatchResult, run_batch

__all__ = ["BatchOptions", "BatchResult", "run_batch"]
