//! The firewall of Windows: whether it lets the VM agent reach its host.
//!
//! Of the rules that match a connection, one that blocks wins over those that allow; where none matches, the profile
//! decides. Which profile counts depends on the network that Windows takes its own for, which the registry does not say:
//! a verdict holds where every profile agrees.

use std::net::Ipv4Addr;

use super::condition::Holds;
use crate::net::RangeSet;

/// The programs of the VM agent for Windows that speak with the host, and the services they run as.
const PROGRAMS: [(&str, &str); 2] =
    [("WaAppAgent.exe", "RdAgent"), ("WindowsAzureGuestAgent.exe", "WindowsAzureGuestAgent")];
/// TCP, as rules number protocols.
const TCP: u8 = 6;

/// The firewall of a Windows machine.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WindowsFirewall {
    /// Its rules, in no particular order: theirs has no meaning.
    pub rules: Vec<WindowsRule>,
    /// The settings of each profile, in the order of [`Profile::ALL`].
    pub profiles: [ProfileSettings; 3],
    /// What a policy says of each, which goes before.
    pub policies: [ProfileSettings; 3],
}

words! {
    /// What Windows takes the network for.
    Profile {
        /// That of the domain it belongs to.
        Domain = "Domain",
        /// One that the user trusts.
        Private = "Private",
        /// Any other.
        Public = "Public",
    }
}

/// The settings of one profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ProfileSettings {
    /// Whether the firewall is on; `None` where that was not read.
    pub enabled: Option<bool>,
    /// Whether it blocks what leaves and no rule allows; `None` where that was not read.
    pub blocks_leaving: Option<bool>,
    /// Whether rules of the machine count beside those of a policy; `None` where no policy says.
    pub merges_rules: Option<bool>,
}

/// A rule, of those about packets that leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowsRule {
    /// Its name in the registry, by which `Remove-NetFirewallRule -Name` takes it out. From the document.
    pub id: String,
    /// The name it is shown by. From the document.
    pub title: String,
    /// Whether it blocks; it allows otherwise.
    pub blocks: bool,
    /// Whether a group policy set it.
    pub by_policy: bool,
    /// The profiles it counts in; all where it names none.
    pub profiles: Vec<Profile>,
    /// The protocol's number; any where it names none.
    pub protocol: Option<u8>,
    /// The addresses at the other end; any where it names none.
    pub addresses: Option<RangeSet<u32>>,
    /// The ports at the other end; any where it names none.
    pub ports: Option<RangeSet<u16>>,
    /// The path of the program; any where it names none. Escaped by whoever shows it.
    pub program: Option<String>,
    /// The short name of the service, `*` for all of them; any program where it names none.
    pub service: Option<String>,
    /// Whether it asks for something else too, which is not known here.
    pub more: bool,
}

/// What becomes of the agent's connections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WindowsVerdict<'f> {
    /// They are let through.
    Accepted,
    /// They are stopped.
    Stopped(WindowsDecider<'f>),
    /// It depends on these.
    Open(Vec<WindowsDecider<'f>>),
}

/// What stops a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowsDecider<'f> {
    /// A rule that blocks.
    Rule(&'f WindowsRule),
    /// A profile that blocks what no rule allows.
    Default(Profile),
}

impl WindowsFirewall {
    /// What becomes of connections of the VM agent to this address and port.
    #[must_use]
    pub fn judge(&self, address: Ipv4Addr, port: u16) -> WindowsVerdict<'_> {
        let mut stoppers = Vec::new();
        let mut passes = false;
        let mut open = Vec::new();
        let settings = self.profiles.iter().zip(&self.policies).map(|(own, policy)| own.under(*policy));
        for (profile, settings) in Profile::ALL.iter().zip(settings) {
            let of_profile = PROGRAMS
                .map(|program| self.in_profile(*profile, settings, &Connection { address, port, program }));
            // Both programs are needed: the worse counts.
            let stopped = of_profile.iter().find_map(|fate| match fate {
                Fate::Stopped(by) => Some(*by),
                _ => None,
            });
            match stopped {
                Some(by) => stoppers.push(by),
                None if of_profile.iter().all(|fate| *fate == Fate::Passes) => passes = true,
                None => open.extend(of_profile.iter().filter_map(|fate| match fate {
                    Fate::Open(by) => Some(*by),
                    _ => None,
                })),
            }
        }
        match (stoppers.first(), passes || !open.is_empty()) {
            (Some(by), false) => WindowsVerdict::Stopped(*by),
            (None, _) if open.is_empty() => WindowsVerdict::Accepted,
            _ => {
                open.extend(stoppers);
                let mut named: Vec<WindowsDecider<'_>> = Vec::new();
                for by in open {
                    if !named.contains(&by) {
                        named.push(by);
                    }
                }
                WindowsVerdict::Open(named)
            }
        }
    }

    fn in_profile(&self, profile: Profile, settings: ProfileSettings, connection: &Connection) -> Fate<'_> {
        if settings.enabled == Some(false) {
            return Fate::Passes;
        }
        let counts = |rule: &&WindowsRule| rule.by_policy || settings.merges_rules != Some(false);
        let matching = || {
            let of_it = self.rules.iter().filter(counts).filter(move |rule| rule.counts_in(profile));
            of_it.map(|rule| (rule, rule.matches(connection))).filter(|(_, holds)| *holds != Holds::No)
        };
        let worst = matching().filter(|(rule, _)| rule.blocks).max_by_key(|(_, holds)| *holds);
        let allowed = matching().filter(|(rule, _)| !rule.blocks).map(|(_, holds)| holds).max();
        let by_default = match (allowed, settings.blocks_leaving) {
            (Some(Holds::Yes), _) | (_, Some(false)) => Fate::Passes,
            (None, Some(true)) => Fate::Stopped(WindowsDecider::Default(profile)),
            _ => Fate::Open(WindowsDecider::Default(profile)),
        };
        let fate = match worst {
            Some((rule, Holds::Yes)) => Fate::Stopped(WindowsDecider::Rule(rule)),
            Some((rule, _)) if by_default == Fate::Passes => Fate::Open(WindowsDecider::Rule(rule)),
            _ => by_default,
        };
        match fate {
            // It is stopped only where the firewall is on.
            Fate::Stopped(by) if settings.enabled.is_none() => Fate::Open(by),
            fate => fate,
        }
    }
}

impl ProfileSettings {
    /// These where a policy does not say otherwise.
    fn under(self, policy: Self) -> Self {
        Self {
            enabled: policy.enabled.or(self.enabled),
            blocks_leaving: policy.blocks_leaving.or(self.blocks_leaving),
            merges_rules: policy.merges_rules.or(self.merges_rules),
        }
    }
}

/// A connection of one of the agent's programs.
struct Connection {
    address: Ipv4Addr,
    port: u16,
    program: (&'static str, &'static str),
}

/// What becomes of it under one profile.
#[derive(PartialEq, Eq, Clone, Copy)]
enum Fate<'f> {
    Passes,
    Stopped(WindowsDecider<'f>),
    Open(WindowsDecider<'f>),
}

impl WindowsRule {
    fn counts_in(&self, profile: Profile) -> bool {
        self.profiles.is_empty() || self.profiles.contains(&profile)
    }

    fn matches(&self, connection: &Connection) -> Holds {
        let known = self.protocol.is_none_or(|protocol| protocol == TCP)
            && self.addresses.as_ref().is_none_or(|among| among.contains(connection.address.into()))
            && self.ports.as_ref().is_none_or(|among| among.contains(connection.port))
            && self.program.as_ref().is_none_or(|path| is_program(path, connection.program.0))
            && self
                .service
                .as_ref()
                .is_none_or(|name| name == "*" || name.eq_ignore_ascii_case(connection.program.1));
        match (known, self.more) {
            (false, _) => Holds::No,
            (true, true) => Holds::Maybe,
            (true, false) => Holds::Yes,
        }
    }
}

/// Whether a path leads to a program of this name; where it is installed differs by version.
fn is_program(path: &str, name: &str) -> bool {
    path.rsplit(['\\', '/']).next().is_some_and(|file| file.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(blocks: bool) -> WindowsRule {
        WindowsRule {
            id: "{1}".into(),
            title: "t".into(),
            blocks,
            by_policy: false,
            profiles: Vec::new(),
            protocol: Some(6),
            addresses: None,
            ports: None,
            program: None,
            service: None,
            more: false,
        }
    }

    fn firewall(rules: Vec<WindowsRule>, blocks_leaving: bool) -> WindowsFirewall {
        let on =
            ProfileSettings { enabled: Some(true), blocks_leaving: Some(blocks_leaving), merges_rules: None };
        WindowsFirewall { rules, profiles: [on; 3], ..WindowsFirewall::default() }
    }

    fn judged(firewall: &WindowsFirewall) -> WindowsVerdict<'_> {
        firewall.judge(Ipv4Addr::new(168, 63, 129, 16), 80)
    }

    #[test]
    fn a_rule_that_blocks_wins_over_one_that_allows() {
        let both = firewall(vec![rule(false), rule(true)], false);
        assert!(matches!(judged(&both), WindowsVerdict::Stopped(WindowsDecider::Rule(by)) if by.blocks));
    }

    #[test]
    fn what_no_rule_allows_goes_by_the_profile() {
        assert_eq!(judged(&firewall(Vec::new(), false)), WindowsVerdict::Accepted);
        let closed = firewall(Vec::new(), true);
        assert_eq!(judged(&closed), WindowsVerdict::Stopped(WindowsDecider::Default(Profile::Domain)));
        assert_eq!(judged(&firewall(vec![rule(false)], true)), WindowsVerdict::Accepted);
    }

    #[test]
    fn a_rule_for_one_program_decides_for_that_one() {
        let of = |path: &str| WindowsRule { program: Some(path.to_owned()), ..rule(true) };
        assert_eq!(
            judged(&firewall(vec![of(r"C:\Program Files\x\chrome.exe")], false)),
            WindowsVerdict::Accepted
        );
        let agents = firewall(vec![of(r"%SystemDrive%\WindowsAzure\Packages\waappagent.EXE")], false);
        assert!(matches!(judged(&agents), WindowsVerdict::Stopped(_)));
        // The one program may go out, the other may not.
        let allowed = WindowsRule { blocks: false, ..of(r"C:\WindowsAzure\WaAppAgent.exe") };
        assert!(matches!(
            judged(&firewall(vec![allowed], true)),
            WindowsVerdict::Stopped(WindowsDecider::Default(_))
        ));
    }

    #[test]
    fn profiles_that_differ_leave_it_open() {
        let public = WindowsRule { profiles: vec![Profile::Public], ..rule(true) };
        let named = firewall(vec![public], false);
        let WindowsVerdict::Open(by) = judged(&named) else { panic!("decided") };
        assert_eq!(by.len(), 1);
        let off = WindowsFirewall {
            profiles: [ProfileSettings { enabled: Some(false), ..named.profiles[0] }; 3],
            ..named
        };
        assert_eq!(judged(&off), WindowsVerdict::Accepted);
        let on = WindowsFirewall {
            policies: [ProfileSettings { enabled: Some(true), ..ProfileSettings::default() }; 3],
            ..off
        };
        assert!(matches!(judged(&on), WindowsVerdict::Open(_)));
    }

    #[test]
    fn nothing_read_decides_nothing() {
        assert!(matches!(judged(&WindowsFirewall::default()), WindowsVerdict::Open(_)));
        let unread = WindowsFirewall { rules: vec![rule(true)], ..WindowsFirewall::default() };
        assert!(matches!(judged(&unread), WindowsVerdict::Open(_)));
    }

    #[test]
    fn what_is_asked_for_besides_leaves_it_open() {
        let more = WindowsRule { more: true, ..rule(true) };
        assert!(matches!(judged(&firewall(vec![more], false)), WindowsVerdict::Open(_)));
        let other =
            WindowsRule { more: true, ports: Some(RangeSet::from_ranges([(443, 443)])), ..rule(true) };
        assert_eq!(judged(&firewall(vec![other], false)), WindowsVerdict::Accepted);
    }
}
