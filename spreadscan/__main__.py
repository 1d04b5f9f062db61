"""Run the command line as ``python -m spreadscan``."""

from spreadscan.cli.commands import main

if __name__ == "__main__":
    main()
