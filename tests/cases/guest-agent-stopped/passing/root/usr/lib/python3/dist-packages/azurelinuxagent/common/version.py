import os
import re

AGENT_NAME = "WALinuxAgent"
AGENT_VERSION = '2.7.3.0'
AGENT_LONG_VERSION = "{0}-{1}".format(AGENT_NAME, AGENT_VERSION)
