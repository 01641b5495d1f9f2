"""The whole product on one machine, for a look or a test: `run_demo()`."""

from feldsher.conf.demo.folder import LARGE
from feldsher.conf.demo.run import DemoOptions, run_demo

__all__ = ["LARGE", "DemoOptions", "run_demo"]
