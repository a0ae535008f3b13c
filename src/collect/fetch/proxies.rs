//! Which proxy a file is fetched through: as the user says, else as the environment does for other programs.

use crate::probe::{Dialect, NoProxy, Proxy, UnknownProxy};

use super::url::Url;

/// The proxies of one run.
#[derive(Debug, Clone, Default)]
pub struct Proxies {
    named: Option<Proxy>,
    http: Option<Proxy>,
    https: Option<Proxy>,
    exempt: NoProxy,
}

impl Proxies {
    /// This proxy for everything.
    #[must_use]
    pub fn named(proxy: Proxy) -> Self {
        Self { named: Some(proxy), ..Self::default() }
    }

    /// `https_proxy`, `http_proxy`, `all_proxy` and `no_proxy`, as curl reads them: in capitals too, but for `HTTP_PROXY`,
    /// which a web server may have taken from a request. The error names the variable.
    pub fn of_environment() -> Result<Self, (&'static str, UnknownProxy)> {
        Self::from_variables(&|name| std::env::var(name).ok())
    }

    /// The proxy that stands before an address, where one does.
    #[must_use]
    pub fn before(&self, url: &Url) -> Option<&Proxy> {
        let configured = if url.is_https() { &self.https } else { &self.http };
        let configured =
            configured.as_ref().filter(|_| !self.exempt.bypasses(Dialect::Curl, url.authority()));
        self.named.as_ref().or(configured)
    }

    fn from_variables(
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, (&'static str, UnknownProxy)> {
        let first = |names: &[&'static str]| {
            let mut set = names.iter().filter_map(|name| Some((*name, variable(name)?)));
            let found = set.find(|(_, value)| !value.trim().is_empty());
            found.map(|(name, value)| value.parse::<Proxy>().map_err(|fault| (name, fault))).transpose()
        };
        // To curl an empty variable is none.
        let listed = |name| variable(name).filter(|list| !list.is_empty());
        let exempt = listed("no_proxy").or_else(|| listed("NO_PROXY")).unwrap_or_default();
        Ok(Self {
            named: None,
            http: first(&["http_proxy", "all_proxy", "ALL_PROXY"])?,
            https: first(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])?,
            exempt: NoProxy::parse(&exempt),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(variables: &[(&str, &str)], url: &str) -> Option<String> {
        let value = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        let proxies = Proxies::from_variables(&value).unwrap();
        proxies.before(&url.parse().unwrap()).map(ToString::to_string)
    }

    #[test]
    fn the_environment_is_read_as_curl_reads_it() {
        let both =
            [("https_proxy", "http://kim:x@s:1"), ("http_proxy", "p:2"), ("no_proxy", ".example,10.0.0.1")];
        assert_eq!(chosen(&both, "https://h/").as_deref(), Some("http://s:1"));
        assert_eq!(chosen(&both, "http://h/").as_deref(), Some("http://p:2"));
        assert_eq!(chosen(&both, "https://a.example/"), None);
        assert_eq!(chosen(&both, "http://10.0.0.1:8080/"), None);
        assert_eq!(chosen(&[("HTTP_PROXY", "p:2")], "http://h/"), None);
        assert_eq!(chosen(&[("HTTPS_PROXY", "p:2")], "https://h/").as_deref(), Some("http://p:2"));
        assert_eq!(
            chosen(&[("https_proxy", " "), ("ALL_PROXY", "p:2")], "https://h/").as_deref(),
            Some("http://p:2")
        );
        let hidden = |no_proxy| [("https_proxy", "p:2"), ("no_proxy", no_proxy), ("NO_PROXY", "h")];
        assert_eq!(chosen(&hidden(""), "https://h/"), None);
        assert_eq!(chosen(&hidden("other"), "https://h/").as_deref(), Some("http://p:2"));
        let wrong = Proxies::from_variables(&|_| Some("socks5://kim:secret@h".into())).unwrap_err();
        assert_eq!(wrong.0, "http_proxy");
        assert!(!wrong.1.to_string().contains("secret"));
    }

    #[test]
    fn a_proxy_that_the_user_names_stands_before_everything() {
        let proxies = Proxies::named("p:2".parse().unwrap());
        assert!(proxies.before(&"https://h/".parse().unwrap()).is_some());
    }
}
