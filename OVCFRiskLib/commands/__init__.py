"""The jobs of the command line, one file each: `add_arguments(parser)` and `run(arguments) -> exit code`.

The modules import nothing heavy at file scope, so that `ovcfrisk --help` answers at once.
"""
