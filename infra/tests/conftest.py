"""What the deploy test works with. One local AWS and one stack for all of it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from device_cloud import DeviceCloud
from local_aws import LocalAws
from platforms import Platforms
from stack import Stack


@pytest.fixture(scope="session")
def aws(tmp_path_factory):
    aws = LocalAws(tmp_path_factory.mktemp("aws"))
    yield aws
    aws.stop()


@pytest.fixture(scope="session")
def device_cloud():
    cloud = DeviceCloud()
    yield cloud
    cloud.stop()


@pytest.fixture(scope="session")
def platforms(tmp_path_factory):
    platforms = Platforms(tmp_path_factory.mktemp("platforms"))
    yield platforms
    platforms.stop()


@pytest.fixture(scope="session")
def stack(aws):
    return Stack(aws)
