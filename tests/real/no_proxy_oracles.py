"""What curl and the VM agent themselves decide: through the proxy, or past it?

Reads from standard input {"lists": [{"list", "host", "port"}…], "settings": [{"environment", "configuration", "url"}…]},
answers {"curl": version, "lists": [{"curl", "agent"}…], "settings": [{"curl", "agent"}…]}: whether the list lets the host
past, and where the connection of a whole configuration goes: "direct", or "HOST:PORT" of the proxy.

Runs in a network namespace without a way out, of which every address is this machine itself: `unshare --net python3 …`.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading

PORTS = {80: "direct", 3128: "proxy.example:3128", 1080: "proxy.example:1080", 3129: "other.example:3129"}


def own_every_address():
    run = lambda *words: subprocess.run(["ip", *words], check=True)
    run("link", "set", "lo", "up")
    run("route", "add", "local", "0.0.0.0/0", "dev", "lo")
    run("-6", "route", "add", "local", "::/0", "dev", "lo")


def serve(port, name):
    listener = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=1000)
    body = (name + "\n").encode()
    answer = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)

    def loop():
        while True:
            connection, _ = listener.accept()
            with connection:
                head = b""
                while b"\r\n\r\n" not in head:
                    some = connection.recv(65536)
                    if not some:
                        break
                    head += some
                    if head[:1] == b"\x16":
                        break
                # TLS is not spoken: whoever begins it has come where it wanted to, which is all that is asked here.
                if head[:1] != b"\x16":
                    connection.sendall(answer)

    threading.Thread(target=loop, daemon=True).start()


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t") + '"'


def url_of(case):
    host = case["host"]
    return "http://%s:80/" % ("[%s]" % host if ":" in host else host)


def curl_lists(cases):
    """One curl for all: every transfer with options of its own."""
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
        for index, case in enumerate(cases):
            file.write("next\n" if index else "")
            file.write("url = %s\nnoproxy = %s\n" % (quoted(url_of(case)), quoted(case["list"])))
            file.write("proxy = \"http://127.0.0.1:3128\"\nresolve = \"*:80:127.0.0.1\"\nsilent\nmax-time = 10\n")
        file.flush()
        said = subprocess.run(["curl", "-q", "-K", file.name], check=True, capture_output=True, text=True, env={}).stdout
    said = said.split()
    assert len(said) == len(cases), (len(said), len(cases))
    return [word == "direct" for word in said]


def curl_setting(case):
    command = ["curl", "-q", "--silent", "--max-time", "10", "--insecure", "--output", "-"]
    command += ["--write-out", "%{remote_port}", "--resolve", "*:80:127.0.0.1", "--resolve", "*:443:127.0.0.1"]
    command += ["--resolve", "*:3128:127.0.0.1", "--resolve", "*:3129:127.0.0.1", "--resolve", "*:1080:127.0.0.1"]
    said = subprocess.run(command + [case["url"]], capture_output=True, text=True, env=case["environment"]).stdout
    port = int(said.split()[-1])
    return PORTS.get(port, "direct")


def agent():
    import azurelinuxagent.common.conf as conf
    import azurelinuxagent.common.utils.restutil as restutil

    def with_environment(variables):
        os.environ.clear()
        os.environ.update(variables)

    def past(case):
        with_environment({"no_proxy": case["list"]} if case["list"] else {})
        return restutil.bypass_proxy(case["host"])

    def way(case):
        with_environment(case["environment"])
        conf.__conf__.values = {}
        if case["configuration"]:
            conf.__conf__.load(case["configuration"])
        host, _, secure, _ = restutil._parse_url(case["url"])
        if restutil.bypass_proxy(host):
            return "direct"
        proxy, port = restutil._get_http_proxy(secure=secure)
        # As `_http_request` has it: without both there is no proxy.
        return "direct" if proxy is None or port is None else "%s:%d" % (proxy, port)

    return past, way


def main():
    asked = json.load(sys.stdin)
    own_every_address()
    for port, name in PORTS.items():
        serve(port, name)
    serve(443, "direct")
    version = subprocess.run(["curl", "--version"], check=True, capture_output=True, text=True).stdout.split()[1]
    curl = curl_lists(asked["lists"]) if asked["lists"] else []
    curl_ways = [curl_setting(case) for case in asked["settings"]]
    past, way = agent()
    answers = {
        "curl": version,
        "lists": [{"curl": by_curl, "agent": past(case)} for by_curl, case in zip(curl, asked["lists"])],
        "settings": [{"curl": by_curl, "agent": way(case)} for by_curl, case in zip(curl_ways, asked["settings"])],
    }
    json.dump(answers, sys.stdout)


main()
