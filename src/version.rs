//! Versions of the VM agent, and of everything else that is counted as it is: up to four numbers.

use std::fmt;
use std::str::FromStr;

/// A version of the VM agent: up to four numbers, compared as numbers; missing ones count as 0.
///
/// ```
/// use azpreflight::backup::AgentVersion;
/// let old: AgentVersion = "2.6.1198.718".parse().unwrap();
/// let new: AgentVersion = "WALinuxAgent-2.10.0.8".parse().unwrap();
/// assert!(old < new);
/// assert!("Unknown".parse::<AgentVersion>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AgentVersion([u32; 4]);

impl AgentVersion {
    /// The version of these four numbers.
    #[must_use]
    pub const fn new(numbers: [u32; 4]) -> Self {
        Self(numbers)
    }

    /// Its four numbers.
    #[must_use]
    pub const fn numbers(self) -> [u32; 4] {
        self.0
    }
}

/// Without trailing zeros past the third number: `2.2.45`, `2.7.41491.1010`.
impl fmt::Display for AgentVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second, third, fourth] = self.0;
        if fourth == 0 {
            write!(f, "{first}.{second}.{third}")
        } else {
            write!(f, "{first}.{second}.{third}.{fourth}")
        }
    }
}

/// A text in which no agent version was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no agent version in `{text}`")]
pub struct UnknownVersion {
    /// The text.
    pub text: String,
}

/// Accepts `2.7.41491.1010`, `WALinuxAgent-2.2.45`, `WALinuxAgent - 2.2.45` and `WALinuxAgent-2.2.45 running on …`.
/// What follows the numbers after a blank, `-`, `+` or `~` (a distribution's revision) is left aside.
impl FromStr for AgentVersion {
    type Err = UnknownVersion;

    fn from_str(text: &str) -> Result<Self, UnknownVersion> {
        numbers(text).map(Self).ok_or_else(|| UnknownVersion { text: text.to_owned() })
    }
}

fn numbers(text: &str) -> Option<[u32; 4]> {
    let text = strip_name(text.trim());
    let end = text.find([' ', '\t', '-', '+', '~']).unwrap_or(text.len());
    let mut parts = text.get(..end)?.split('.');
    let mut numbers = [0; 4];
    let mut count = 0;
    for (number, part) in numbers.iter_mut().zip(&mut parts) {
        if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        *number = part.parse().ok()?;
        count += 1;
    }
    (count >= 2 && parts.next().is_none()).then_some(numbers)
}

fn strip_name(text: &str) -> &str {
    const NAME: &str = "WALinuxAgent";
    match text.get(..NAME.len()) {
        Some(head) if head.eq_ignore_ascii_case(NAME) => {
            text.get(NAME.len()..).unwrap_or("").trim_start_matches([' ', '-'])
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> [u32; 4] {
        text.parse::<AgentVersion>().unwrap().numbers()
    }

    #[test]
    fn reads_what_agents_print() {
        assert_eq!(version("2.7.41491.1010"), [2, 7, 41491, 1010]);
        assert_eq!(version("WALinuxAgent-2.2.45"), [2, 2, 45, 0]);
        assert_eq!(version("WALinuxAgent - 2.2.45"), [2, 2, 45, 0]);
        assert_eq!(version("WALinuxAgent-2.10.0.8 running on ubuntu 22.04"), [2, 10, 0, 8]);
        assert_eq!(version(" 2.2.46-0ubuntu1~20.04.1 "), [2, 2, 46, 0]);
    }

    #[test]
    fn refuses_what_is_no_version() {
        for text in [
            "Unknown",
            "",
            "2",
            "2..3",
            "2.2.x",
            "1.2.3.4.5",
            "99999999999.1",
            "-",
            "WALinuxAgent-",
            "２.1",
            "+2.1",
        ] {
            assert!(text.parse::<AgentVersion>().is_err(), "{text}");
        }
    }

    #[test]
    fn compares_numbers_and_not_text() {
        let ordered = ["2.1.7", "2.2.9", "2.2.45", "2.2.53.1", "2.10.0.8", "2.10.0.10"];
        let versions: Vec<AgentVersion> = ordered.iter().map(|text| text.parse().unwrap()).collect();
        assert!(versions.is_sorted());
        assert_eq!(versions[3].to_string(), "2.2.53.1");
    }
}
