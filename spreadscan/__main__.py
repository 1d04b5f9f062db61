"""Run the command line as ``python -m spreadscan``."""

from spreadscan.cli import main

if __name__ == "__main__":
    main()
