"""`python -m OVCFRiskLib` is the program `ovcfrisk`."""

from OVCFRiskLib.cli import program

if __name__ == "__main__":
    program()
