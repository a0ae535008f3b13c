//! The way that one reader of settings takes: what curl, the VM agent and Windows make of what they read.

use super::{AgentProxy, Connection, Environment, Named, Setting, Source, Value, Variable};
use crate::azure::platform::METADATA_SERVICE;
use crate::probe::{Authority, Dialect, NoProxy, Proxy, Via};

/// The port of a Windows proxy that states none.
const WINDOWS_PORT: u16 = 80;

/// The way that one reader takes, and why.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Way {
    pub(super) via: Via,
    /// Which settings make it so.
    pub(super) by: Option<String>,
    /// Why it is not known for sure.
    pub(super) undecided: Option<String>,
    pub(super) notes: Vec<String>,
}

impl Way {
    fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Without a proxy, though this setting is about one.
    fn direct(by: String) -> Self {
        Self { by: Some(by), ..Self::default() }
    }

    fn through(proxy: Proxy, by: String) -> Self {
        Self { via: Via::Proxy(proxy), by: Some(by), ..Self::default() }
    }

    /// That of an account whose settings were not read.
    pub(super) fn unread(source: Source) -> Self {
        Self { undecided: Some(format!("the settings of {source} were not read")), ..Self::default() }
    }

    fn undecided(by: String, why: impl Into<String>) -> Self {
        Self { by: Some(by), undecided: Some(why.into()), ..Self::default() }
    }
}

/// Variables as several places set them, the later over the earlier.
#[derive(Debug, Default)]
pub(super) struct Variables<'s>(Vec<(&'s Setting, &'s Environment)>);

impl<'s> Variables<'s> {
    pub(super) fn of(places: Vec<(&'s Setting, &'s Environment)>) -> Self {
        Self(places)
    }

    pub(super) fn is_known(&self) -> bool {
        !self.0.is_empty()
    }

    fn value(&self, variable: Variable) -> Option<(&'s Setting, &'s Value)> {
        let mut latest = self.0.iter().rev();
        latest.find_map(|(setting, environment)| Some((*setting, environment.value(variable)?)))
    }

    /// The first of these that holds something: to curl, an empty variable is none.
    fn first(&self, variables: &[Variable]) -> Option<(String, &'s Value)> {
        let held = |variable: &Variable| {
            let (setting, value) = self.value(*variable).filter(|(_, value)| **value != Value::Empty)?;
            Some((setting.names(variable.word()), value))
        };
        variables.iter().find_map(held)
    }

    fn list(&self) -> Option<(String, &'s NoProxy)> {
        match self.first(&[Variable::No, Variable::NoUpper])? {
            (name, Value::Hosts(list)) => Some((name, list)),
            _ => None,
        }
    }

    /// As curl goes: `http_proxy` counts in lower case alone, and `all_proxy` for what has none of its own.
    pub(super) fn by_curl(&self, to: &Authority, tls: bool) -> Option<Way> {
        use Variable::{All, AllUpper, Http, Https, HttpsUpper};
        let variables: &[Variable] =
            if tls { &[Https, HttpsUpper, All, AllUpper] } else { &[Http, All, AllUpper] };
        let Some((name, Value::Proxy(named))) = self.first(variables) else {
            return self.upper_alone(tls);
        };
        if let Some((list, hosts)) = self.list().filter(|(_, hosts)| hosts.bypasses(Dialect::Curl, to)) {
            return Some(noted(Way::direct(list), hosts, Dialect::Curl));
        }
        let way = match (named.scheme(), named.proxy()) {
            (None | Some("http"), Ok(proxy)) => Way::through(proxy.clone(), name),
            (Some(scheme), Ok(_)) => {
                let why =
                    format!("{name} names a `{}` proxy, which is not spoken here", scheme.escape_debug());
                Way::undecided(name, why)
            }
            (_, Err(error)) => Way::undecided(name.clone(), format!("{name}: {error}")),
        };
        Some(self.excepting(way, Dialect::Curl))
    }

    fn upper_alone(&self, tls: bool) -> Option<Way> {
        let (name, _) = self.first(&[Variable::HttpUpper]).filter(|_| !tls)?;
        let note = format!(
            "{name} is set, which curl does not read: for plain HTTP it wants http_proxy in lower case"
        );
        Some(Way::default().note(note))
    }

    /// As the VM agent goes: its own configuration before the environment, where an empty variable hides the other one.
    pub(super) fn by_agent(
        &self,
        own: Option<(&Setting, &AgentProxy)>,
        to: &Authority,
        tls: bool,
    ) -> Option<Way> {
        let own = own.and_then(|(setting, own)| Some((setting, own.host.as_ref()?, own.port)));
        let way = match own {
            Some((setting, host, port)) => {
                let name = setting.names("HttpProxy.Host");
                match (host, port) {
                    (None, _) => Way::undecided(name.clone(), format!("{name} is no host name")),
                    (Some(_), None) => Way::direct(name)
                        .note("HttpProxy.Port is not set, and without a port the agent uses no proxy at all"),
                    (Some(host), Some(port)) => {
                        let authority = Authority { host: host.clone(), port };
                        Way::through(Proxy { authority, credentials: None }, name)
                    }
                }
            }
            None => self.agent_variable(tls)?,
        };
        match self.list().filter(|(_, hosts)| way.by.is_some() && hosts.bypasses(Dialect::Agent, to)) {
            Some((list, hosts)) => Some(noted(Way::direct(list), hosts, Dialect::Agent)),
            None => Some(self.excepting(way, Dialect::Agent)),
        }
    }

    fn agent_variable(&self, tls: bool) -> Option<Way> {
        let either =
            if tls { [Variable::Https, Variable::HttpsUpper] } else { [Variable::Http, Variable::HttpUpper] };
        let (variable, (setting, value)) = either.iter().find_map(|one| Some((one, self.value(*one)?)))?;
        let name = setting.names(variable.word());
        let Value::Proxy(named) = value else { return Some(Way::default()) };
        if named.scheme().is_none() || !named.states_port() {
            let note =
                format!("{name} is no URL with scheme and port: without them the agent uses no proxy at all");
            return Some(Way::direct(name).note(note));
        }
        Some(match named.proxy() {
            Err(error) => Way::undecided(name.clone(), format!("{name}: {error}")),
            // The agent has no way to send credentials.
            Ok(proxy) => Way::through(proxy.clone().with_credentials(None), name.clone()).note_if(
                named.has_credentials(),
                format!("{name} holds credentials, which the agent does not send"),
            ),
        })
    }

    /// What to know of the exceptions that did not except this destination.
    fn excepting(&self, way: Way, dialect: Dialect) -> Way {
        match self.list().filter(|_| way.via != Via::Direct) {
            Some((_, hosts)) => noted(way, hosts, dialect),
            None => way,
        }
    }

    /// The addresses of the platform that whoever goes by these variables would ask the proxy for.
    pub(super) fn platform_note(&self, dialect: Dialect) -> Option<String> {
        let proxies = [Variable::Http, Variable::HttpUpper, Variable::All, Variable::AllUpper];
        let (name, Value::Proxy(_)) = self.first(&proxies)? else { return None };
        let list = self.list().map(|(_, list)| list.clone()).unwrap_or_default();
        platform_note(&name, "no_proxy", &list, dialect)
    }
}

impl Way {
    fn note_if(self, holds: bool, note: String) -> Self {
        if holds { self.note(note) } else { self }
    }
}

/// As Windows goes by the settings of an account.
pub(super) fn by_connection(setting: &Setting, connection: &Connection, to: &Authority, tls: bool) -> Way {
    let mut way = by_server(setting, connection, to, tls);
    if connection.script {
        let name = setting.names("AutoConfigURL");
        way.undecided = Some(format!("a script decides, which is not run here: {name}"));
        way.by = Some(name);
    }
    if let Some(open) = setting.open.first() {
        way.undecided.get_or_insert_with(|| open.clone());
    }
    let named = connection.http.is_some() || connection.https.is_some() || connection.socks;
    if connection.enabled.is_none() && named {
        way.undecided =
            Some(setting.names("a proxy is named, but whether it is on (ProxyEnable) is not stated"));
    }
    if connection.detects {
        let why = format!(
            "{} looks for a proxy in the network (WPAD): what it finds is not known here",
            setting.source
        );
        if way.by.is_none() {
            way.undecided.get_or_insert(why);
        } else {
            way = way.note(why);
        }
    }
    way
}

fn by_server(setting: &Setting, connection: &Connection, to: &Authority, tls: bool) -> Way {
    let named = connection.server(tls);
    let socks = connection.socks && connection.enabled == Some(true);
    if named.is_none() && !socks {
        return Way::default();
    }
    let name = setting.names("ProxyServer");
    if let Some(hosts) = connection.bypass.as_ref().filter(|hosts| hosts.bypasses(Dialect::Windows, to)) {
        return noted(Way::direct(setting.names("ProxyOverride")), hosts, Dialect::Windows);
    }
    let Some(named) = named else {
        return Way::undecided(name.clone(), format!("{name} names a SOCKS proxy, which is not spoken here"));
    };
    let way = match named.proxy() {
        Err(error) => Way::undecided(name.clone(), format!("{name}: {error}")),
        Ok(_) if named.scheme().is_some_and(|scheme| scheme != "http") => {
            Way::undecided(name.clone(), format!("{name} names a proxy of a scheme that is not spoken here"))
        }
        Ok(proxy) => Way::through(with_port(named, proxy.clone()), name)
            .note_if(!named.states_port(), format!("ProxyServer states no port: {WINDOWS_PORT} is taken")),
    };
    match &connection.bypass {
        Some(hosts) => noted(way, hosts, Dialect::Windows),
        None => way,
    }
}

fn with_port(named: &Named, mut proxy: Proxy) -> Proxy {
    if !named.states_port() {
        proxy.authority.port = WINDOWS_PORT;
    }
    proxy
}

/// The same for the settings of a Windows account.
pub(super) fn connection_platform_note(setting: &Setting, connection: &Connection) -> Option<String> {
    connection.server(false)?;
    let list = connection.bypass.clone().unwrap_or_default();
    platform_note(&setting.names("ProxyServer"), "ProxyOverride", &list, Dialect::Windows)
}

fn platform_note(name: &str, exceptions: &str, list: &NoProxy, dialect: Dialect) -> Option<String> {
    let missing: Vec<String> = list.missing_platform(dialect).iter().map(ToString::to_string).collect();
    if missing.is_empty() {
        return None;
    }
    let refuses = if missing.contains(&METADATA_SERVICE.to_string()) {
        ", and the metadata service refuses what has passed one"
    } else {
        ""
    };
    let missing = missing.join(" and ");
    Some(format!(
        "{name} sends programs that follow it to the proxy for {missing} too{refuses}: {exceptions} lacks it"
    ))
}

fn noted(mut way: Way, hosts: &NoProxy, dialect: Dialect) -> Way {
    way.notes.extend(
        hosts.remarks(dialect).into_iter().map(|remark| format!("the list of hosts without proxy: {remark}")),
    );
    way
}
