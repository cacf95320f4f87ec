"""From a list of scenario calls to one capture.

    traffic = [["office.day", {"clients": 6}], ["scan.ports", {"attacker": "10.1.1.12", ...}]]

Each call is `module.function` of this package. Its random numbers depend on the seed and on its
name and place in the list, nothing else.
"""
import hashlib
import importlib
import json
import os

from .network import Network


def build(traffic, path, seed=1, **network):
    """Writes the capture to `path`. `network` holds settings of Network."""
    here = Network(seed, **network)
    for place, (call, settings) in enumerate(traffic):
        module, function = call.split(".")
        scenario = getattr(importlib.import_module(f"{__package__}.{module}"), function)
        scenario(here, here.random(f"{place}/{call}"), **settings)
    here.capture.write(path)


def sources_digest():
    """Changes when any generator changes: part of the name of a cached capture."""
    folder = os.path.dirname(os.path.abspath(__file__))
    total = hashlib.sha256()
    for name in sorted(os.listdir(folder)):
        if name.endswith(".py"):
            with open(os.path.join(folder, name), "rb") as file:
                total.update(name.encode() + file.read())
    return total.hexdigest()


def call_digest(traffic, seed, network):
    call = json.dumps([traffic, seed, network, sources_digest()], sort_keys=True)
    return hashlib.sha256(call.encode()).hexdigest()[:24]
