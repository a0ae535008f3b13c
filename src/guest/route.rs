//! Which way a consumer really goes.

use super::way::{Variables, Way, by_connection, connection_platform_note};
use super::{AgentProxy, Connection, Environment, Overrides, Setting, Settings, Source, Stated};
use crate::azure::platform::{METADATA_SERVICE, WIRE_SERVER};
use crate::probe::{Authority, Consumer, Dialect, Host, Via};

/// Hosts of Entra where one signs in, for every cloud; what stands below them belongs to it.
const SIGN_IN: [&str; 6] = [
    "login.microsoftonline.com",
    "login.microsoft.com",
    "login.windows.net",
    "login.microsoftonline.us",
    "login.chinacloudapi.cn",
    "login.partner.microsoftonline.cn",
];

/// Where proxies for backup have to let one through, in every cloud: `*.blob.core.windows.net` and its like.
const BLOBS: &str = ".blob.core.";

/// Which way a consumer goes to a destination, and what makes it so.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Route {
    /// Directly, or through a proxy.
    pub via: Via,
    /// The setting that decides, as in `https_proxy in /etc/environment`; `None` where none is about it.
    pub configured_by: Option<String>,
    /// Why it cannot be told for sure, where it cannot: one clause without full stop. `via` is then what is known.
    pub undecided: Option<String>,
    /// What else to know, one clause each without full stop. Text of documents in them is escaped.
    pub notes: Vec<String>,
}

impl Settings {
    /// Which way a consumer goes to a destination; `tls` where it speaks HTTPS. Without settings: directly.
    #[must_use]
    pub fn route(&self, consumer: Consumer, to: &Authority, tls: bool) -> Route {
        if is_platform(&to.host) {
            return Route { notes: self.platform_notes(consumer), ..Route::default() };
        }
        let mut way = match consumer {
            Consumer::Agent => self.agent(to, tls),
            Consumer::Extension => self.extension(to, tls),
            Consumer::Workload => self.workload(to, tls),
            Consumer::User => self.user(to, tls),
        };
        if consumer != Consumer::User {
            way.notes.extend(self.side_conditions(&way, to));
        }
        let Way { via, by, undecided, notes } = way;
        Route { via, configured_by: by, undecided, notes }
    }

    /// The VM agent. On Linux it is a service: it never sees what only login sessions read.
    fn agent(&self, to: &Authority, tls: bool) -> Way {
        if let Some(way) = self.account(Source::SystemAccount, to, tls) {
            return way;
        }
        let variables = self.agent_variables();
        let own = self.settings.iter().rev().find_map(|setting| match &setting.stated {
            Stated::Agent(own) => Some((setting, own)),
            _ => None,
        });
        let mut way = variables.by_agent(own, to, tls).unwrap_or_default();
        if way.by.is_none() {
            way.notes.extend(self.login_only());
        }
        way.notes.extend(self.open(&[Source::ServiceManager, Source::AgentUnit, Source::AgentProcess]));
        way
    }

    /// The snapshot extension: what it uploads itself. Its calls to the host never take a proxy, and never come here.
    fn extension(&self, to: &Authority, tls: bool) -> Way {
        if let Some(way) = self.account(Source::SystemAccount, to, tls) {
            return way;
        }
        let mut way = Way::default();
        let agent = self.settings.iter().find_map(|setting| match &setting.stated {
            Stated::Agent(AgentProxy { host: Some(_), .. }) => Some(setting.names("HttpProxy.Host")),
            _ => None,
        });
        if let Some(agent) = agent {
            way.notes.push(format!(
                "{agent} is for the agent alone: nothing promises that uploads of the snapshot extension follow it"
            ));
        }
        if self.agent_variables().by_curl(to, tls).is_some_and(|way| way.via != Via::Direct) {
            way.notes.push(
                "the agent's service has a proxy in its environment: nothing promises that uploads of the snapshot \
                 extension follow it"
                    .to_owned(),
            );
        }
        way
    }

    /// The plugin of a workload. HANA takes a proxy from its overrides alone; that of SQL runs under an account of its own.
    fn workload(&self, to: &Authority, tls: bool) -> Way {
        if let Some((setting, overrides)) = self.overrides() {
            return by_overrides(setting, overrides, to);
        }
        let system = self.account(Source::SystemAccount, to, tls);
        match (self.account(Source::PluginAccount, to, tls), system) {
            (Some(mut plugin), Some(system)) => {
                if plugin.via != system.via {
                    plugin.notes.push(format!(
                        "SYSTEM goes another way ({}): a proxy for SQL has to be set for both accounts",
                        system.via
                    ));
                }
                plugin
            }
            (Some(mut plugin), None) => {
                plugin.notes.push("the settings of SYSTEM are not in the input".to_owned());
                plugin
            }
            (None, Some(mut system)) => {
                system
                    .notes
                    .push("the settings of the SQL plugin's own account are not in the input".to_owned());
                system
            }
            (None, None) => Way { notes: self.login_only().into_iter().collect(), ..Way::default() },
        }
    }

    /// Whoever sits before the machine, with curl.
    fn user(&self, to: &Authority, tls: bool) -> Way {
        let process = self.variables(&[Source::Process]);
        if process.is_known() {
            return process.by_curl(to, tls).unwrap_or_default();
        }
        let login = self.variables(&[Source::EtcEnvironment, Source::Profile]);
        if login.is_known() {
            let mut way = login.by_curl(to, tls).unwrap_or_default();
            way.notes.push(
                "so it is for whoever logs in anew: no environment of a process is in the input".to_owned(),
            );
            return way;
        }
        self.account(Source::UserAccount, to, tls).unwrap_or_default()
    }

    /// What a Windows account goes by: its own settings, or the machine's where a policy says so.
    fn account(&self, source: Source, to: &Authority, tls: bool) -> Option<Way> {
        let source = if self.is_per_user() { source } else { Source::Machine };
        let mut connections = self.connections(source);
        let Some((setting, connection)) = connections.next() else {
            return self.accounts_unread.then(|| Way::unread(source));
        };
        let mut way = by_connection(setting, connection, to, tls);
        for (other, packed) in connections {
            let other = by_connection(other, packed, to, tls);
            way.undecided = way.undecided.or(other.undecided);
            if other.via != way.via {
                way.notes.push(format!(
                    "the values and the packed settings (`DefaultConnectionSettings`) of {source} say different things: \
                     something changed the one without the other"
                ));
            }
        }
        Some(way)
    }

    fn is_per_user(&self) -> bool {
        !self.settings.iter().any(|setting| setting.stated == Stated::PerUser(false))
    }

    fn connections(&self, source: Source) -> impl Iterator<Item = (&Setting, &Connection)> {
        self.settings.iter().filter(move |setting| setting.source == source).filter_map(|setting| {
            match &setting.stated {
                Stated::Connection(connection) => Some((setting, connection)),
                _ => None,
            }
        })
    }

    fn overrides(&self) -> Option<(&Setting, &Overrides)> {
        self.settings.iter().rev().find_map(|setting| match &setting.stated {
            Stated::Overrides(overrides) => Some((setting, overrides)),
            _ => None,
        })
    }

    /// The variables of these sources, in their order.
    fn variables(&self, sources: &[Source]) -> Variables<'_> {
        let of = |source: &Source| {
            let source = *source;
            self.settings.iter().filter(move |setting| setting.source == source).filter_map(environment)
        };
        Variables::of(sources.iter().flat_map(of).collect())
    }

    /// What the agent's process has in its environment; else what its unit and drop-ins give it, the unit itself first,
    /// the drop-ins by the names of their files, as systemd has it.
    fn agent_variables(&self) -> Variables<'_> {
        let process = self.variables(&[Source::AgentProcess]);
        if process.is_known() {
            return process;
        }
        let gives = |setting: &&Setting| matches!(setting.source, Source::AgentUnit | Source::ServiceManager);
        let mut units: Vec<(&Setting, &Environment)> =
            self.settings.iter().filter(gives).filter_map(environment).collect();
        units.sort_by_key(|(setting, _)| order_of_unit(setting));
        Variables::of(units)
    }

    /// A note where only login sessions are told of a proxy.
    fn login_only(&self) -> Option<String> {
        let told = self.settings.iter().find(|setting| {
            matches!(setting.source, Source::EtcEnvironment | Source::Profile)
                && environment(setting).is_some_and(|(_, environment)| environment.names_a_proxy())
        })?;
        let place = told.place.document.escape_debug();
        Some(format!(
            "{place} names a proxy, but only login sessions read it: services, and the VM agent is one, do not"
        ))
    }

    fn open(&self, sources: &[Source]) -> Vec<String> {
        let about = self.settings.iter().filter(|setting| sources.contains(&setting.source));
        about.flat_map(|setting| setting.open.iter().cloned()).collect()
    }

    /// What else has to hold where backup goes through a proxy.
    fn side_conditions(&self, way: &Way, to: &Authority) -> Vec<String> {
        let Via::Proxy(proxy) = &way.via else { return Vec::new() };
        let mut notes = Vec::new();
        if proxy.credentials.is_some() || self.holds_credentials(way) {
            notes.push(
                "its settings hold credentials: Azure Backup supports no proxy that asks for them, but for the MARS agent"
                    .to_owned(),
            );
        }
        notes.push(
            "the proxy has to keep to one way out as long as a job lives (outbound stickiness), and no other software may \
             rewrite its settings"
                .to_owned(),
        );
        if to.host.name().is_some_and(|name| name.contains(BLOBS)) {
            notes.push(format!(
                "where the proxy has an allow-list, it has to hold `*.blob.core.windows.net` (or what stands for it in this \
                 cloud), or this account's own host `{}`",
                to.host
            ));
        }
        notes
    }

    fn holds_credentials(&self, way: &Way) -> bool {
        self.settings.iter().any(|setting| {
            let named = match &setting.stated {
                Stated::Connection(connection) => [connection.http.as_ref(), connection.https.as_ref()],
                Stated::Overrides(overrides) => [overrides.proxy.as_ref(), None],
                _ => [None, None],
            };
            let deciding = way.by.as_ref().is_some_and(|by| by.ends_with(&setting.names("")));
            deciding && named.into_iter().flatten().any(super::Named::has_credentials)
        })
    }

    /// What the settings of a consumer would do to the platform's own addresses, if a program followed them.
    fn platform_notes(&self, consumer: Consumer) -> Vec<String> {
        let accounts: &[Source] = match consumer {
            Consumer::Agent | Consumer::Extension => &[Source::SystemAccount],
            Consumer::Workload => &[Source::PluginAccount, Source::SystemAccount],
            Consumer::User => &[Source::UserAccount],
        };
        let connections = accounts.iter().flat_map(|source| self.connections(*source));
        let mut notes: Vec<String> = connections
            .filter_map(|(setting, connection)| connection_platform_note(setting, connection))
            .collect();
        let variables = match consumer {
            Consumer::Agent | Consumer::Extension => self.agent_variables().platform_note(Dialect::Agent),
            Consumer::Workload => None,
            Consumer::User => self
                .variables(&[Source::EtcEnvironment, Source::Profile, Source::Process])
                .platform_note(Dialect::Curl),
        };
        notes.extend(variables);
        notes.dedup();
        notes
    }
}

fn by_overrides(setting: &Setting, overrides: &Overrides, to: &Authority) -> Way {
    let mut way = Way::default();
    if overrides.for_backup || overrides.for_storage {
        way.notes.push(format!(
            "{} sends more than Entra to the proxy, which is all that is documented",
            setting.place.document.escape_debug()
        ));
    }
    let asked = overrides.for_entra && is_sign_in(&to.host);
    let Some(named) = overrides.proxy.as_ref().filter(|_| asked) else { return way };
    let name = setting.names("ProxyServerAddress");
    match named.proxy() {
        Ok(proxy) => {
            if !named.states_port() {
                way.undecided = Some(format!("{name} states no port"));
            }
            way.via = Via::Proxy(proxy.clone());
        }
        Err(error) => way.undecided = Some(format!("{name}: {error}")),
    }
    way.by = Some(name);
    way
}

fn is_sign_in(host: &Host) -> bool {
    let below = |name: &str, of: &str| {
        name.strip_suffix(of).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    host.name().is_some_and(|name| SIGN_IN.iter().any(|sign_in| below(name, sign_in)))
}

fn is_platform(host: &Host) -> bool {
    host.address().is_some_and(|address| address == WIRE_SERVER || address == METADATA_SERVICE)
}

fn environment(setting: &Setting) -> Option<(&Setting, &Environment)> {
    match &setting.stated {
        Stated::Environment(environment) => Some((setting, environment)),
        _ => None,
    }
}

/// What systemd gives to all before units, units before drop-ins; these by the name of the file, wherever it stands.
fn order_of_unit(setting: &Setting) -> (bool, bool, &str) {
    let document = &setting.place.document;
    let name = document.rsplit(['/', '\\']).next().unwrap_or(document);
    (setting.source == Source::AgentUnit, !name.ends_with(".service"), name)
}
