"""A loopback stand-in for Azure Resource Manager, enough for the real `az` to read the environments in `arm/`.

It answers sign-in (a managed identity's token), the cloud's metadata, and GET of every document below the folder
it is given, by resource id. It never leaves 127.0.0.1. Usage: arm_stand_in.py ARM_FOLDER CERTIFICATE KEY PORTS_FILE
[REQUESTS_FILE]; the two ports it took are written to PORTS_FILE as `HTTP HTTPS` once it listens. With REQUESTS_FILE it
takes PUT and DELETE as well and appends each there, as a line of JSON.
"""

import base64
import http.server
import json
import pathlib
import ssl
import sys
import threading
import time
import urllib.parse

TENANT = "00000000-0000-0000-0000-0000000000aa"


class Estate:
    """Every document, found as Azure finds it: by id without regard to case, by parent, by question."""

    def __init__(self, folder):
        self.by_path = {}
        self.subscriptions = set()
        for file in sorted(pathlib.Path(folder).glob("*/*.json")):
            self.add(file, json.loads(file.read_text(encoding="utf-8")))

    def add(self, file, document):
        if "id" in document:
            self.put(document["id"], document)
            self.subscriptions.add(document["id"].split("/")[2])
            return
        if file.stem.endswith((".effective-rules", ".effective-routes")):
            self.put(effective_path(file), document)
            return
        self.put(path_of_list(document), document)

    def put(self, path, document):
        key = path.lower()
        if key in self.by_path:
            raise SystemExit(f"two documents claim `{path}`")
        self.by_path[key] = document

    def replace(self, path, document):
        self.by_path[path.lower()] = document

    def answer(self, path, query):
        document = self.by_path.get(path.lower())
        if document is not None and is_vm(document):
            return view_of_vm(document, query)
        if document is None and path.lower().endswith("/instanceview"):
            vm = self.by_path.get(path.lower().removesuffix("/instanceview"))
            return vm and vm["properties"]["instanceView"]
        return document


def effective_path(file):
    """Effective rules and routes carry no id of their own: the file's name tells the NIC, its neighbours the rest."""
    name, question = file.stem.rsplit(".", 1)
    action = {"effective-rules": "effectiveNetworkSecurityGroups", "effective-routes": "effectiveRouteTable"}[question]
    for neighbour in file.parent.glob("*.json"):
        document = json.loads(neighbour.read_text(encoding="utf-8"))
        if document.get("type") == "Microsoft.Network/networkInterfaces" and document["name"] == name:
            return f"{document['id']}/{action}"
    raise SystemExit(f"no network interface `{name}` beside `{file}`")


def path_of_list(document):
    """Where Azure lists what is in `document`: locks by subscription, records of a zone below it."""
    first = document["value"][0]
    part = first["id"].split("/")
    if first["type"] == "Microsoft.Network/privateDnsZones/virtualNetworkLinks":
        return "/".join(part[:10])
    if first["type"].startswith("Microsoft.Network/privateDnsZones/"):
        return "/".join(part[:9] + ["ALL"])
    return f"/subscriptions/{part[2]}/providers/{part[-3]}/{part[-2]}"


def is_vm(document):
    return document.get("type") == "Microsoft.Compute/virtualMachines"


def view_of_vm(document, query):
    """Azure leaves the instance view out unless it is asked for."""
    if "instanceview" in query.get("$expand", [""])[0].lower():
        return document
    properties = {k: v for k, v in document["properties"].items() if k != "instanceView"}
    return {**document, "properties": properties}


def token():
    claims = {"tid": TENANT, "oid": "0", "appid": "0", "sub": "0", "exp": int(time.time()) + 3600,
              "xms_mirid": "/subscriptions/0/resourcegroups/none"}
    parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
    parts = [base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts]
    return {"access_token": ".".join([*parts, "c2lnbmF0dXJl"]), "expires_on": str(claims["exp"]), "expires_in": "3600",
            "resource": "https://management.core.windows.net/", "token_type": "Bearer"}


def cloud(address):
    places = ("portal", "resourceManager", "graphAudience", "graph", "media", "batch", "gallery", "sqlManagement",
              "vmImageAliasDoc", "activeDirectoryDataLake", "microsoftGraphResourceId", "appInsightsResourceId",
              "logAnalyticsResourceId")
    return {"name": "StandIn", "suffixes": {"storage": "core.windows.net", "keyVaultDns": ".vault.azure.net"},
            "authentication": {"loginEndpoint": address, "audiences": ["https://management.core.windows.net/"],
                               "tenant": "common", "identityProvider": "AAD"},
            **{place: address for place in places}}


def subscriptions(estate):
    return {"value": [{"id": f"/subscriptions/{s}", "subscriptionId": s, "displayName": s, "state": "Enabled",
                       "tenantId": TENANT} for s in sorted(estate.subscriptions)]}


def handler(estate, address, requests_file):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            url = urllib.parse.urlsplit(self.path)
            path, query = urllib.parse.unquote(url.path).rstrip("/"), urllib.parse.parse_qs(url.query)
            fixed = {"/metadata/endpoints": lambda: cloud(address()), "/msi/token": token,
                     "/subscriptions": lambda: subscriptions(estate),
                     "/tenants": lambda: {"value": [{"tenantId": TENANT}]}}
            self.send(fixed[path]() if path in fixed else estate.answer(path, query))

        def do_POST(self):
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.do_GET()

        def change(self, document):
            path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)
            request = {"method": self.command, "path": path, "body": document}
            with open(requests_file, "a", encoding="utf-8") as file:
                file.write(json.dumps(request) + "\n")
            estate.replace(path, document)
            self.send(document or {})

        def do_PUT(self):
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
            properties = {**body.get("properties", {}), "provisioningState": "Succeeded"}
            self.change({**body, "properties": properties})

        def do_DELETE(self):
            self.change(None)

        def send(self, document):
            status = 404 if document is None else 200
            if document is None:
                document = {"error": {"code": "ResourceNotFound", "message": f"nothing at {self.path}"}}
                sys.stderr.write(f"{self.command} {self.path}: not found\n")
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    return Handler


def main(folder, certificate, key, ports_file, requests_file=None):
    estate, secure_port = Estate(folder), []
    serve = handler(estate, lambda: f"https://127.0.0.1:{secure_port[0]}", requests_file)
    plain, secure = (http.server.ThreadingHTTPServer(("127.0.0.1", 0), serve) for _ in range(2))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    secure.socket = context.wrap_socket(secure.socket, server_side=True)
    secure_port.append(secure.server_address[1])
    threading.Thread(target=plain.serve_forever, daemon=True).start()
    ready = pathlib.Path(ports_file + ".part")
    ready.write_text(f"{plain.server_address[1]} {secure_port[0]}\n", encoding="ascii")
    ready.rename(ports_file)
    secure.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
