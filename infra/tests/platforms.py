"""The other side: `homeport sim`, strict stand-ins for the three platforms. Its control API is below /sim."""

import os
import subprocess

from local_aws import free_port, wait_until
from stack import http

SKILL = "test-skill"
SECRETS = {"YANDEX_TOKEN": "yandex-callback-token", "SBER_TOKEN": "sber-callback-key", "SMARTTHINGS_CLIENT_SECRET": "st-secret-1"}
SMARTTHINGS_CLIENT = "st-client-1"
NAMES = ("yandex", "sber", "smartthings")


class Platforms:
    """All three at one address."""

    def __init__(self, folder):
        program = os.environ["HOMEPORT_PROGRAM"]
        address = f"127.0.0.1:{free_port()}"
        self.url = f"http://{address}"
        settings = {f"HOMEPORT_{name}": value for name, value in SECRETS.items()} | {
            "HOMEPORT_SIM_ADDR": address,
            "HOMEPORT_YANDEX_SKILL_ID": SKILL,
            "HOMEPORT_SMARTTHINGS_CLIENT_ID": SMARTTHINGS_CLIENT,
        }
        self.log = folder / "platforms.log"
        self.process = subprocess.Popen(
            [program, "sim"], env=os.environ | settings, stdout=self.log.open("w"), stderr=subprocess.STDOUT, cwd=folder
        )
        wait_until(self.is_up, f"the simulators answer, see {self.log}")

    def is_up(self):
        assert self.process.poll() is None, self.log.read_text()
        try:
            return http("GET", f"{self.url}/sim")[0] == 200
        except OSError:
            return False

    def parameters(self):
        """What the stack has to know of them."""
        return {
            "YandexSkillId": SKILL,
            "YandexToken": SECRETS["YANDEX_TOKEN"],
            "YandexUrl": self.url,
            "SberToken": SECRETS["SBER_TOKEN"],
            "SberUrl": self.url,
            "SmartThingsClientId": SMARTTHINGS_CLIENT,
            "SmartThingsClientSecret": SECRETS["SMARTTHINGS_CLIENT_SECRET"],
            "SmartThingsHosts": "127.0.0.1",
        }

    def ask(self, method, path, body=None):
        status, _, answer = http(method, f"{self.url}/sim{path}", body)
        assert status in (200, 204), (path, answer)
        return answer

    def link(self, platform, homeport, user, token):
        """The platform lists and reads the user's devices, as it does after the sign-in; SmartThings grants callback access."""
        self.ask("POST", "/link", {"platform": platform, "homeport": homeport, "user": user, "token": token})

    def device(self, platform, user, device):
        """What the platform knows of a device: `description`, `online`, `values`."""
        return self.ask("GET", f"/{platform}/homes/{user}")["devices"][device]

    def heard(self, platform, user, device, key):
        """The last value that it was told, and where it was told it."""
        heard = self.device(platform, user, device)["values"].get(key)
        return heard and (heard["value"], heard["source"])

    def command(self, platform, user, device, command):
        return self.ask("POST", f"/{platform}/homes/{user}/command", {"device": device, "command": command})

    def fail(self, platform, kind):
        """From now on every callback to it fails."""
        self.ask("PUT", f"/{platform}/faults", {"faults": [{"kind": kind}]})

    def recover(self, platform):
        self.ask("DELETE", f"/{platform}/faults")

    def violations(self):
        """What homeport should not have sent."""
        return self.ask("GET", "/violations")["violations"]

    def stop(self):
        self.process.terminate()
        self.process.wait(20)
