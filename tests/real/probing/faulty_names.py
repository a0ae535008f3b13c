"""A name server at 10.53.0.55 whose fault the first label of the name chooses.

nxdomain, nodata, servfail, refused, silent: as they say. malformed: bytes that are no message. truncated: the answer comes
over TCP alone. alias: a chain into a zone of private endpoints. Any other name has the address 20.60.0.1.
"""

import socketserver
import threading

from dnslib import CNAME, QTYPE, RCODE, RR, A, DNSRecord

CODES = {"nxdomain": RCODE.NXDOMAIN, "servfail": RCODE.SERVFAIL, "refused": RCODE.REFUSED}


def answer(message, over_tcp):
    question = DNSRecord.parse(message)
    name = str(question.q.qname).lower()
    fault = name.split(".")[0]
    reply = question.reply()
    if fault == "silent":
        return None
    if fault == "malformed":
        return b"\xff\x00lab"
    if fault in CODES:
        reply.header.rcode = CODES[fault]
    elif fault == "truncated" and not over_tcp:
        reply.header.tc = 1
    elif question.q.qtype == QTYPE.A and fault != "nodata":
        owner = name
        if fault == "alias":
            owner = name.replace("alias", "alias.privatelink", 1)
            reply.add_answer(RR(name, QTYPE.CNAME, ttl=60, rdata=CNAME(owner)))
        address = "10.0.0.5" if fault == "alias" else "20.60.0.1"
        reply.add_answer(RR(owner, QTYPE.A, ttl=60, rdata=A(address)))
    return reply.pack()


class Datagram(socketserver.BaseRequestHandler):
    def handle(self):
        message, socket = self.request
        reply = answer(message, False)
        if reply:
            socket.sendto(reply, self.client_address)


class Stream(socketserver.StreamRequestHandler):
    def handle(self):
        length = int.from_bytes(self.rfile.read(2), "big")
        reply = answer(self.rfile.read(length), True)
        if reply:
            self.wfile.write(len(reply).to_bytes(2, "big") + reply)


class Datagrams(socketserver.ThreadingUDPServer):
    daemon_threads = True


class Streams(socketserver.ThreadingTCPServer):
    daemon_threads = allow_reuse_address = True


WHERE = ("10.53.0.55", 53)
threading.Thread(target=Datagrams(WHERE, Datagram).serve_forever, daemon=True).start()
Streams(WHERE, Stream).serve_forever()
