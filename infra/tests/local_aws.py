"""A local AWS (ministack) that enforces permissions, on loopback, with everything it keeps in a folder of its own."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

REGION = "eu-west-1"


def free_port():
    """A port of this machine that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_until(true, what, seconds=60, step=0.2):
    """Asks until it is true, and gives what it was."""
    end = time.monotonic() + seconds
    while True:
        value = true()
        if value:
            return value
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(step)


class LocalAws:
    """The process, and how to reach it."""

    def __init__(self, folder):
        self.endpoint = f"http://127.0.0.1:{free_port()}"
        self.log = Path(folder) / "local-aws.log"
        # AUTH makes it check every call of a function against the policies of its role.
        settings = {
            "AUTH": "true",
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": self.endpoint.rsplit(":", 1)[1],
            "IOT_MTLS_ENABLED": "0",
            "MINISTACK_REGION": REGION,
            "SFTP_ENABLED": "0",
            "STATE_DIR": str(Path(folder) / "state"),
            "TMPDIR": str(folder),
        }
        self.process = subprocess.Popen(
            [Path(sys.executable).parent / "ministack"],
            env=os.environ | settings,
            stdout=self.log.open("w"),
            stderr=subprocess.STDOUT,
            cwd=folder,
        )
        wait_until(self.is_up, f"the local AWS answers, see {self.log}")

    def is_up(self):
        assert self.process.poll() is None, self.log.read_text()[-2000:]
        try:
            with urllib.request.urlopen(f"{self.endpoint}/_ministack/health", timeout=2) as answer:
                return answer.status == 200
        except OSError:
            return False

    def environment(self):
        """What AWS tools need to use it."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "SAM_CLI_TELEMETRY": "0",
        }

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
