"""Asks the wire server as the VM agent does, with its own client, and says which version they agree on."""

import os

from azurelinuxagent.common import conf
from azurelinuxagent.common.protocol.wire import PROTOCOL_VERSION, WireClient

with open("agent.conf", "w") as settings:
    settings.write("Lib.Dir=%s\n" % os.getcwd())
conf.load_conf_from_file("agent.conf")
WireClient("168.63.129.16").check_wire_protocol_version()
print("agreed on", PROTOCOL_VERSION)
