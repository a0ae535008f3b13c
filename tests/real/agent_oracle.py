"""What the VM agent itself makes of configurations, and how it writes its log.

Reads from standard input {"configurations": [[byte…]…], "switches": [key…], "numbers": [key…], "texts": [key…]} and answers
{"configurations": [{"values", "switches", "numbers", "texts", "autoUpdate", "provisions"}…, or null where it refuses the
text]}; or {"log": [[level, prefix, text]…], "file": path}, and writes these lines with the agent's own logger.

Nothing of the agent runs but its reader of configurations and its logger.
"""

import json
import os
import sys
import tempfile
import threading

import azurelinuxagent.common.conf as conf
import azurelinuxagent.common.logger as logger

UNSET = "(unset)"


def read(text, question):
    handle, path = tempfile.mkstemp()
    provider = conf.ConfigurationProvider()
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(bytes(text))
        conf.load_conf_from_file(path, provider)
    except Exception:
        return None
    finally:
        os.unlink(path)
    known = getattr(conf, "get_auto_update_to_latest_version", conf.get_autoupdate_enabled)
    return {
        "values": provider.values,
        "switches": [provider.get_switch(key, None) for key in question["switches"]],
        "numbers": [str(provider.get_int(key, UNSET)) for key in question["numbers"]],
        "texts": [provider.get(key, UNSET) for key in question["texts"]],
        "extensions": conf.get_extensions_enabled(provider),
        "autoUpdate": known(provider),
        "provisioning": conf.get_provisioning_agent(provider),
        "library": conf.get_lib_dir(provider),
    }


def write(question):
    logger.add_logger_appender(logger.AppenderType.FILE, logger.LogLevel.INFO, path=question["file"])
    levels = {"INFO": logger.info, "WARNING": logger.warn, "ERROR": logger.error}
    for level, prefix, text in question["log"]:
        # As the agent's threads call themselves.
        threading.current_thread().name = prefix
        logger.set_prefix(prefix)
        levels[level]("{0}", text)


question = json.load(sys.stdin)
if "log" in question:
    write(question)
else:
    json.dump({"configurations": [read(text, question) for text in question["configurations"]]}, sys.stdout)
