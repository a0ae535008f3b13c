//! The proxies that one place names.

use super::{Named, Setting, Stated, Value};

impl Setting {
    /// The proxies that this place names as addresses, each with the variable or value that does. One that is switched off
    /// is none.
    #[must_use]
    pub fn proxies(&self) -> Vec<(&'static str, &Named)> {
        match &self.stated {
            Stated::Environment(environment) => environment
                .iter()
                .filter_map(|(variable, value)| match value {
                    Value::Proxy(named) => Some((variable.word(), named)),
                    Value::Empty | Value::Hosts(_) => None,
                })
                .collect(),
            Stated::Connection(connection) => {
                let both = [connection.server(false), connection.server(true)];
                let mut both: Vec<&Named> = both.into_iter().flatten().collect();
                both.dedup();
                both.into_iter().map(|named| ("ProxyServer", named)).collect()
            }
            Stated::Overrides(overrides) => {
                let used = overrides.for_entra || overrides.for_backup || overrides.for_storage;
                let named = overrides.proxy.as_ref().filter(|_| used);
                named.map(|named| ("ProxyServerAddress", named)).into_iter().collect()
            }
            // Nobody goes through it on behalf of backup.
            Stated::Agent(_) | Stated::Packages(_) | Stated::PerUser(_) => Vec::new(),
        }
    }

    /// Whether somebody is told here to use a proxy, or to ask a script.
    #[must_use]
    pub fn is_about_a_proxy(&self) -> bool {
        let elsewhere = match &self.stated {
            Stated::Agent(own) => own.host.is_some(),
            Stated::Connection(connection) => {
                connection.script || connection.socks && connection.enabled == Some(true)
            }
            Stated::Environment(_) | Stated::Overrides(_) | Stated::Packages(_) | Stated::PerUser(_) => false,
        };
        elsewhere || !self.proxies().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guest::{AgentProxy, Connection, Environment, Overrides, Source, Variable};
    use crate::input::{Place, Pointer};

    fn names(stated: Stated) -> (Vec<&'static str>, bool) {
        let place = Place { document: "d".into(), pointer: Pointer::root() };
        let setting = Setting { source: Source::Process, place, stated, open: Vec::new() };
        (setting.proxies().into_iter().map(|(name, _)| name).collect(), setting.is_about_a_proxy())
    }

    #[test]
    fn what_names_a_proxy_and_what_does_not() {
        let mut environment = Environment::default();
        environment.set(Variable::No, "a");
        environment.set(Variable::Http, "");
        assert_eq!(names(Stated::Environment(environment.clone())), (vec![], false));
        environment.set(Variable::Https, "http://p:1");
        assert_eq!(names(Stated::Environment(environment)), (vec!["https_proxy"], true));
        let mut connection = Connection { enabled: Some(false), ..Connection::default() };
        connection.set_servers("p:1");
        assert_eq!(names(Stated::Connection(connection.clone())), (vec![], false));
        connection.enabled = Some(true);
        assert_eq!(names(Stated::Connection(connection)), (vec!["ProxyServer"], true));
        let mut overrides = Overrides { proxy: Some(Named::parse("p:1")), ..Overrides::default() };
        assert_eq!(names(Stated::Overrides(overrides.clone())), (vec![], false));
        overrides.for_entra = true;
        assert_eq!(names(Stated::Overrides(overrides)), (vec!["ProxyServerAddress"], true));
        let agent = AgentProxy { host: Some("p".parse().ok()), port: None };
        assert_eq!(names(Stated::Agent(agent)), (vec![], true));
        assert_eq!(names(Stated::PerUser(true)), (vec![], false));
    }
}
