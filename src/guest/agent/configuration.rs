//! `waagent.conf`, with the meaning that the agent gives it.
//!
//! Every rule here is that of the agent's own `conf.py` (versions 2.7 to 2.16); the tests run it beside this.

use std::collections::BTreeMap;

use crate::version::AgentVersion;

/// The first version that knows `AutoUpdate.UpdateToLatestVersion`.
const KNOWS_LATEST: AgentVersion = AgentVersion::new([2, 10, 0, 8]);

/// The settings that backup has to do with, in the order in which they are shown.
const SHOWN: &[(&str, Fallback)] = &[
    ("Extensions.Enabled", Fallback::Switch(true)),
    ("Extensions.GoalStatePeriod", Fallback::Number(Some(6))),
    ("Provisioning.Agent", Fallback::Text(Some("auto"))),
    ("AutoUpdate.Enabled", Fallback::Switch(true)),
    ("AutoUpdate.UpdateToLatestVersion", Fallback::Switch(true)),
    ("AutoUpdate.GAFamily", Fallback::Text(Some("Prod"))),
    ("HttpProxy.Host", Fallback::Text(None)),
    ("HttpProxy.Port", Fallback::Number(None)),
    ("OS.EnableFirewall", Fallback::Switch(false)),
    ("Protocol.EndpointDiscovery", Fallback::Text(Some("dhcp"))),
    ("Lib.Dir", Fallback::Text(Some("/var/lib/waagent"))),
    ("Extension.LogDir", Fallback::Text(Some("/var/log/azure"))),
    ("Pid.File", Fallback::Text(Some("/var/run/waagent.pid"))),
    ("Logs.Verbose", Fallback::Switch(false)),
    ("EnableOverProvisioning", Fallback::Switch(true)),
];

/// What the agent takes where nothing is stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fallback {
    Switch(bool),
    Number(Option<i64>),
    Text(Option<&'static str>),
}

/// What `waagent.conf` states.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Configuration {
    values: BTreeMap<String, Option<String>>,
    /// Why the agent itself cannot read it, and so does not start.
    pub fault: Option<ConfigurationFault>,
}

words! {
    /// Why the agent cannot read its configuration.
    ConfigurationFault {
        /// There is nothing in it.
        Empty = "empty",
        /// It is not UTF-8.
        NotUtf8 = "not-utf-8",
    }
}

/// A setting as it takes effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effective {
    /// On or off.
    Switch(bool),
    /// A number, where there is one.
    Number(Option<i64>),
    /// A text, where there is one. From the document: whoever shows it escapes.
    Text(Option<String>),
}

/// A setting with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectiveSetting {
    /// As `waagent.conf` calls it.
    pub key: &'static str,
    /// What takes effect.
    pub value: Effective,
    /// Whether that is something else than the agent takes by itself.
    pub changed: bool,
}

impl Configuration {
    /// One that the agent itself cannot read.
    #[must_use]
    pub fn unreadable(fault: ConfigurationFault) -> Self {
        Self { fault: Some(fault), ..Self::default() }
    }

    /// States a value; of two lines the later holds. `None` is the agent's own word for what is not set.
    pub fn state(&mut self, key: &str, value: Option<&str>) {
        self.values.insert(key.to_owned(), value.map(str::to_owned));
    }

    /// Every key that a line states, with its value, in the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.values.iter().map(|(key, value)| (key.as_str(), value.as_deref()))
    }

    /// The value stated for a key; `None` also where it says `None`.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        self.values.get(key)?.as_deref()
    }

    /// A switch: `y` or `n` in any case; anything else counts as not stated.
    #[must_use]
    pub fn switch(&self, key: &str) -> Option<bool> {
        let text = self.text(key)?;
        if text.eq_ignore_ascii_case("y") {
            return Some(true);
        }
        text.eq_ignore_ascii_case("n").then_some(false)
    }

    /// A whole number as Python writes it, digits of other scripts aside; anything else counts as not stated. One beyond 64
    /// bits is held at their end.
    #[must_use]
    pub fn number(&self, key: &str) -> Option<i64> {
        python_number(self.text(key)?)
    }

    /// Whether extensions are handled at all.
    #[must_use]
    pub fn extensions_enabled(&self) -> bool {
        self.switch("Extensions.Enabled").unwrap_or(true)
    }

    /// Who provisions the VM.
    #[must_use]
    pub fn provisioning_agent(&self) -> &str {
        self.text("Provisioning.Agent").unwrap_or("auto")
    }

    /// Where the agent keeps what it needs to live.
    #[must_use]
    pub fn library(&self) -> &str {
        self.text("Lib.Dir").unwrap_or("/var/lib/waagent")
    }

    /// Whether an agent of this version updates itself; `None` where that hangs on a version that is not known.
    ///
    /// `AutoUpdate.UpdateToLatestVersion` exists since 2.10.0.8 and wins over `AutoUpdate.Enabled`, which is what counts for
    /// those before.
    #[must_use]
    pub fn auto_update(&self, version: Option<AgentVersion>) -> Option<bool> {
        let old = self.switch("AutoUpdate.Enabled").unwrap_or(true);
        let new = self.switch("AutoUpdate.UpdateToLatestVersion").unwrap_or(old);
        match version {
            _ if old == new => Some(new),
            Some(version) => Some(if version < KNOWS_LATEST { old } else { new }),
            None => None,
        }
    }

    /// Whether the installed agent, of this version, starts a newer one that lies there downloaded.
    ///
    /// `AutoUpdate.Enabled=n` has it run itself; since 2.10.0.8 not so where `AutoUpdate.UpdateToLatestVersion` is stated.
    #[must_use]
    pub fn starts_downloaded(&self, installed: AgentVersion) -> bool {
        let stated = installed >= KNOWS_LATEST && self.text("AutoUpdate.UpdateToLatestVersion").is_some();
        stated || self.switch("AutoUpdate.Enabled").unwrap_or(true)
    }

    /// What takes effect of the settings that backup has to do with.
    #[must_use]
    pub fn effective(&self) -> Vec<EffectiveSetting> {
        SHOWN.iter().map(|(key, default)| self.effective_of(key, *default)).collect()
    }

    fn effective_of(&self, key: &'static str, default: Fallback) -> EffectiveSetting {
        let (value, changed) = match default {
            Fallback::Switch(default) => {
                let own = match key {
                    "AutoUpdate.UpdateToLatestVersion" => self.switch("AutoUpdate.Enabled"),
                    _ => None,
                };
                let value = self.switch(key).or(own).unwrap_or(default);
                (Effective::Switch(value), value != default)
            }
            Fallback::Number(default) => {
                let value = self.number(key).or(default);
                (Effective::Number(value), value != default)
            }
            Fallback::Text(default) => {
                let value = self.text(key).or(default);
                (Effective::Text(value.map(str::to_owned)), value != default)
            }
        };
        EffectiveSetting { key, value, changed }
    }
}

/// Python's `int(text)`: a sign, digits, single underscores between them.
fn python_number(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let digit = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits.split('_').all(digit) {
        return None;
    }
    let plain: String = digits.chars().filter(|c| *c != '_').collect();
    let end = if negative { i64::MIN } else { i64::MAX };
    let signed = if negative { format!("-{plain}") } else { plain };
    Some(signed.parse().unwrap_or(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn configuration(pairs: &[(&str, &str)]) -> Configuration {
        let mut configuration = Configuration::default();
        for (key, value) in pairs {
            configuration.state(key, Some(value));
        }
        configuration
    }

    fn version(text: &str) -> Option<AgentVersion> {
        text.parse().ok()
    }

    #[test]
    fn the_newer_switch_wins_where_the_agent_knows_it() {
        let both = |old, new| {
            configuration(&[("AutoUpdate.Enabled", old), ("AutoUpdate.UpdateToLatestVersion", new)])
        };
        assert_eq!(both("n", "y").auto_update(version("2.10.0.8")), Some(true));
        assert_eq!(both("n", "y").auto_update(version("2.9.1.1")), Some(false));
        assert_eq!(both("y", "n").auto_update(version("2.12.0.2")), Some(false));
        assert_eq!(both("y", "n").auto_update(None), None);
        assert_eq!(both("N", "n").auto_update(None), Some(false));
        assert_eq!(configuration(&[]).auto_update(None), Some(true));
        let installed = |text: &str| text.parse().unwrap();
        assert!(!both("n", "y").starts_downloaded(installed("2.7.3.0")));
        assert!(both("n", "n").starts_downloaded(installed("2.12.0.2")));
    }

    #[test]
    fn values_that_are_none_count_as_not_stated() {
        let odd = configuration(&[
            ("Extensions.Enabled", "no"),
            ("Extensions.GoalStatePeriod", "1_0"),
            ("HttpProxy.Port", "many"),
            ("Lib.Dir", ""),
        ]);
        assert!(odd.extensions_enabled());
        assert_eq!(
            (odd.number("Extensions.GoalStatePeriod"), odd.number("HttpProxy.Port")),
            (Some(10), None)
        );
        assert_eq!(odd.library(), "");
        assert_eq!(python_number("+99999999999999999999"), Some(i64::MAX));
        for text in ["", "-", "1__0", "_1", "1_", "0x1", "1.0", "+-1"] {
            assert_eq!(python_number(text), None, "{text}");
        }
    }

    #[test]
    fn what_differs_is_told_from_what_is_stated() {
        let plain = configuration(&[("Extensions.Enabled", "y"), ("Logs.Verbose", "n")]);
        assert!(plain.effective().iter().all(|setting| !setting.changed));
        let off = configuration(&[("AutoUpdate.Enabled", "n")]);
        let changed: Vec<&str> = off
            .effective()
            .into_iter()
            .filter(|setting| setting.changed)
            .map(|setting| setting.key)
            .collect();
        assert_eq!(changed, ["AutoUpdate.Enabled", "AutoUpdate.UpdateToLatestVersion"]);
    }
}
