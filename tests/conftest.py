"""What holds for every test: one numeric thread, no window, no network."""

import os
import signal
import socket
from collections.abc import Iterator
from typing import Any

import pytest

# before NumPy is imported: exact comparisons need one order of summation, and workers share two cores
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
# a suite started in the background inherits Ctrl-C as ignored, and so would every command that it interrupts
signal.signal(signal.SIGINT, signal.default_int_handler)
os.environ["MPLBACKEND"] = "Agg"
os.environ["NO_COLOR"] = "1"

_LOCAL = ("127.0.0.1", "::1", "localhost")


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """Any connection to another machine fails the test that makes it."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != getattr(socket, "AF_UNIX", None) and address[0] not in _LOCAL:
            raise AssertionError(f"a test reached for the network: {address}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


@pytest.fixture(scope="session")
def spark() -> Iterator[None]:
    """Spark, started once for all tests that ask for it; skips them where there is no Java or no pyspark."""
    from lib.spark import shared_session

    with shared_session():
        yield
