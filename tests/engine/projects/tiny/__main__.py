"""Declares one resource, then does what $TINY_END says."""

import os
import sys
import time
from pathlib import Path

import pulumi
from tiny import Tiny

Tiny("one", os.environ.get("TINY_VALUE", "a"))
Path(os.environ["TINY_STORE"], "program").write_text(f"{os.getpid()} {sys.executable}")
match os.environ.get("TINY_END"):
    case "shown":
        pulumi.log.error("one line of what, where and what to do")
        sys.exit(32)
    case "run error":
        raise pulumi.RunError("a run error")
    case "hang":
        time.sleep(600)
