"""`python -m ipscausal`, the same as the command `ipscausal`."""

from ipscausal.cli import main

if __name__ == "__main__":
    main()
