//! `waagent.conf`, read as the VM agent reads it.

use std::sync::Arc;

use super::whole;
use crate::guest::{AgentProxy, Setting, Source, Stated};

/// Beginnings of keys that only this file has.
const TELLING: [&str; 6] =
    ["HttpProxy.", "Provisioning.", "Extensions.", "ResourceDisk.", "AutoUpdate.", "OS.EnableF"];

/// Whether a line of the text sets what only the agent knows.
pub(super) fn is_configuration(text: &str) -> bool {
    entries(text).any(|(key, _)| TELLING.iter().any(|telling| key.starts_with(telling)))
}

/// Keys and values: lines beginning with `#` do not count, a later `#` ends the value, blanks and quotes around it go.
pub(super) fn entries(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let (key, value) = line.split_once('=')?;
        let value = value.split('#').next().unwrap_or_default();
        let value = value.trim_matches(|c| c == '"' || c == ' ').trim();
        Some((key.trim(), value))
    })
}

pub(super) fn read(name: &Arc<str>, text: &str) -> Setting {
    let mut proxy = AgentProxy::default();
    for (key, value) in entries(text) {
        // `None` is the agent's own word for what is not set; of two lines the later holds.
        let value = Some(value).filter(|value| *value != "None");
        match key {
            "HttpProxy.Host" => proxy.host = value.map(|host| host.parse().ok()),
            "HttpProxy.Port" => {
                proxy.port = value.and_then(|port| port.parse().ok()).filter(|port| *port != 0)
            }
            _ => {}
        }
    }
    whole(Source::AgentConfiguration, name, Stated::Agent(proxy))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(text: &str) -> AgentProxy {
        match read(&"w".into(), text).stated {
            Stated::Agent(proxy) => proxy,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn it_is_read_as_the_agent_reads_it() {
        let host = |text: &str| Some(Some(text.parse().unwrap()));
        let said = proxy("HttpProxy.Host = \"proxy.example\" # why\nHttpProxy.Port=3128\n");
        assert_eq!(said, AgentProxy { host: host("proxy.example"), port: Some(3128) });
        assert_eq!(proxy("#HttpProxy.Host=a\nHttpProxy.Host=None\nHttpProxy.Port=x"), AgentProxy::default());
        assert_eq!(proxy(" #HttpProxy.Host=a\nHttpProxy.Host=a\nHttpProxy.Host=b").host, host("b"));
        assert_eq!(proxy("HttpProxy.Host=http://kim:secret@a").host, Some(None));
    }

    #[test]
    fn it_is_known_by_its_keys() {
        assert!(is_configuration("# x\nProvisioning.Agent=auto\n"));
        assert!(!is_configuration("# HttpProxy.Host=a\nhttp_proxy=HttpProxy.\n"));
    }
}
