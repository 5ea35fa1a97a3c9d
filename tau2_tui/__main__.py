"""``python -m tau2_tui`` is the command ``tau2-tui``."""

from __future__ import annotations

from tau2_tui.cli.main import main

if __name__ == "__main__":
    main()
