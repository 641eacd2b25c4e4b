"""The jobs of the command line, one file each: `add_arguments(parser)` and `run(arguments) -> exit code`.

The modules import nothing heavy at file scope, so that `ovcfrisk --help` answers at once.
"""

import os

# BLAS reads this when NumPy is imported, which commands do when they run. Its matrices are small here: more threads
# only wait in a busy loop, over a quarter of the processor time of a score, and change the last bits of sums.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
