import os
import re

AGENT_NAME = "WALinuxAgent"
AGENT_VERSION = '2.2.46'
AGENT_LONG_VERSION = "{0}-{1}".format(AGENT_NAME, AGENT_VERSION)
