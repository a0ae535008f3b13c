"""What the platform answers a VM: the wire server at 168.63.129.16, port 80 and 32526, and the metadata service.

It prints one line for every request: who, where, what, with which headers.
"""

import http.server
import threading

VERSIONS = b"""<?xml version="1.0" encoding="utf-8"?>
<Versions xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">
  <Preferred><Version>2015-04-05</Version></Preferred>
  <Supported><Version>2015-04-05</Version><Version>2012-11-30</Version></Supported>
</Versions>"""


class Service(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        headers = " ".join(sorted(name.lower() for name in self.headers))
        print(self.client_address[0], self.server.server_address, self.path, headers, flush=True)
        status, kind, body = self.answer()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class WireServer(Service):
    def answer(self):
        if self.path == "/?comp=versions":
            return 200, "text/xml; charset=utf-8", VERSIONS
        return 404, "text/plain", b""


class HostPlugin(Service):
    def answer(self):
        if self.path == "/versions":
            return 200, "application/json", b'["2015-09-01"]'
        return 404, "text/plain", b""


class Metadata(Service):
    def answer(self):
        if self.headers.get("Metadata") != "true":
            error = b'{ "error": "Bad request. Required metadata header not specified" }'
            return 400, "application/json", error
        if self.path == "/metadata/versions":
            return 200, "application/json", b'{ "apiVersions": [ "2017-03-01", "2021-02-01" ] }'
        return 404, "application/json", b'{ "error": "Not found" }'


def serve(where, service):
    server = http.server.ThreadingHTTPServer(where, service)
    threading.Thread(target=server.serve_forever, daemon=True).start()


serve(("168.63.129.16", 32526), HostPlugin)
serve(("169.254.169.254", 80), Metadata)
http.server.ThreadingHTTPServer(("168.63.129.16", 80), WireServer).serve_forever()
