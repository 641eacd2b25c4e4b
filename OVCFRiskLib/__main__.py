"""`python -m OVCFRiskLib` is the program `ovcfrisk`."""

import sys

from OVCFRiskLib.cli import main

if __name__ == "__main__":
    sys.exit(main())
