//! A proxy as a setting names it.

use crate::probe::{Authority, Proxy, UnknownProxy};

/// What stands in place of credentials that were left out of a document.
const WITHHELD: &str = "credentials-withheld";
/// What follows it where the credentials could not be read, so that nothing travels apart.
const UNREAD: &str = "-unread";

/// A proxy as a setting names it: who reads it decides what the scheme means and what a missing port is.
///
/// ```
/// use azpreflight::guest::Named;
/// let named = Named::parse("https://kim:secret@proxy.example:3128/");
/// assert_eq!((named.scheme(), named.states_port()), (Some("https"), true));
/// assert_eq!(named.proxy().unwrap().to_string(), "http://proxy.example:3128");
/// assert!(named.has_credentials() && !format!("{named:?}").contains("secret"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    proxy: Result<Proxy, UnknownProxy>,
    scheme: Option<String>,
    states_port: bool,
    /// Which of its document's withheld credentials stood here, from 1; 0 for some that could not be read.
    withheld: Option<usize>,
}

impl Named {
    /// A proxy by URL, or by host and port alone.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (Some(scheme.to_ascii_lowercase()), rest),
            None => (None, text),
        };
        let parsed = rest.parse::<Proxy>();
        let withheld = rest.split_once('@').and_then(|(user, _)| place(user));
        let proxy = match parsed {
            Ok(proxy) if withheld.is_some() => Ok(proxy.with_credentials(None)),
            parsed => parsed,
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
        let authority = authority.rsplit_once('@').map_or(authority, |(_, authority)| authority);
        Self { proxy, scheme, states_port: authority.parse::<Authority>().is_ok(), withheld }
    }

    /// The proxy, whatever the scheme; port 1080 where none is stated.
    pub fn proxy(&self) -> Result<&Proxy, &UnknownProxy> {
        self.proxy.as_ref()
    }

    /// The scheme, in lower case.
    #[must_use]
    pub fn scheme(&self) -> Option<&str> {
        self.scheme.as_deref()
    }

    /// Whether a port is stated.
    #[must_use]
    pub fn states_port(&self) -> bool {
        self.states_port
    }

    /// Whether credentials are stated, known or withheld.
    #[must_use]
    pub fn has_credentials(&self) -> bool {
        self.withheld.is_some() || self.proxy.as_ref().is_ok_and(|proxy| proxy.credentials.is_some())
    }

    /// Puts withheld credentials back in place, from the one of its document's proxies that this is: by its place, since
    /// two variables may name one proxy with different credentials.
    pub(super) fn restore(&mut self, known: &[&Proxy]) {
        let Ok(proxy) = &mut self.proxy else { return };
        let own = self.withheld.and_then(|place| known.get(place.checked_sub(1)?));
        if let Some(same) = own.filter(|known| known.authority == proxy.authority) {
            proxy.credentials.clone_from(&same.credentials);
        }
    }

    /// The same text without credentials, and the proxy with them where there were any: so that a text can be kept
    /// and what is secret in it travels apart. `before` is how many travel apart from this document already.
    #[must_use]
    pub fn withhold(text: &str, before: usize) -> (String, Option<Proxy>) {
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (format!("{scheme}://"), rest),
            None => (String::new(), text),
        };
        // A password may hold a `/` that was never encoded: everything before the last `@` goes.
        match rest.rsplit_once('@') {
            None => (text.to_owned(), None),
            Some((user, _)) if place(user).is_some() => (text.to_owned(), None),
            Some((_, after)) => {
                let named = after.parse::<Proxy>().ok().map(|proxy| proxy.authority);
                let secret =
                    rest.parse::<Proxy>().ok().filter(|proxy| Some(&proxy.authority) == named.as_ref());
                let number = match (&secret, before) {
                    (None, _) => UNREAD.to_owned(),
                    (Some(_), 0) => String::new(),
                    (Some(_), before) => format!("-{}", before + 1),
                };
                (format!("{scheme}{WITHHELD}{number}@{after}"), secret)
            }
        }
    }
}

/// Which of a document's withheld credentials this stands for, from 1, if it stands for some: `credentials-withheld` for
/// the first, `credentials-withheld-2` for the second; 0 for some that could not be read.
fn place(user: &str) -> Option<usize> {
    // What `wire` puts in the place of credentials in bytes, of which there must stay as many.
    if user.len() > 2 && user.bytes().all(|byte| byte == b'x') {
        return Some(0);
    }
    match user.strip_prefix(WITHHELD)? {
        "" => Some(1),
        UNREAD => Some(0),
        number => number.strip_prefix('-')?.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_travel_apart() {
        let (text, secret) = Named::withhold("http://kim:p@ss/word@proxy:3128/x", 0);
        assert_eq!(text, "http://credentials-withheld-unread@proxy:3128/x");
        assert!(Named::parse(&text).has_credentials());
        // What is before the first `/` is no proxy at all: nothing is guessed of it.
        assert_eq!(secret, None);
        let (text, secret) = Named::withhold("http://kim:pass@proxy:3128", 0);
        let mut named = Named::parse(&text);
        assert!(named.has_credentials() && named.proxy().unwrap().credentials.is_none());
        named.restore(&[&secret.unwrap()]);
        assert_eq!(named.proxy().unwrap().credentials.as_ref().unwrap().secret(), "kim:pass");
        assert_eq!(Named::withhold("proxy:3128", 0), ("proxy:3128".to_owned(), None));
        assert_eq!(Named::withhold("kim@proxy:3128", 1).0, "credentials-withheld-2@proxy:3128");
        assert_eq!(Named::withhold(&text, 1), (text.clone(), None));
    }

    #[test]
    fn each_gets_its_own_credentials_back() {
        let (one, first) = Named::withhold("http://kim:one@proxy:3128", 0);
        let (two, second) = Named::withhold("http://lee:two@proxy:3128", 1);
        let (unread, none) = Named::withhold("http://kim:a/b@proxy:3128", 2);
        assert_eq!(none, None);
        let (first, second) = (first.unwrap(), second.unwrap());
        let restored = |text: &str| {
            let mut named = Named::parse(text);
            named.restore(&[&first, &second]);
            named.proxy().unwrap().credentials.as_ref().map(crate::probe::Credentials::secret)
        };
        assert_eq!(restored(&one).as_deref(), Some("kim:one"));
        assert_eq!(restored(&two).as_deref(), Some("lee:two"));
        assert_eq!(restored(&unread), None);
        assert_eq!(restored("http://credentials-withheld-3@proxy:3128"), None);
        assert_eq!(restored("http://credentials-withheld-2@other:3128"), None);
    }

    #[test]
    fn what_is_stated_and_what_is_not() {
        let named = Named::parse(" proxy.example ");
        assert_eq!((named.scheme(), named.states_port(), named.has_credentials()), (None, false, false));
        assert!(Named::parse("http://[2001:db8::1]:3128").states_port());
        assert!(!Named::parse("http://[2001:db8::1]").states_port());
        assert!(Named::parse("http://:3128").proxy().is_err());
    }
}
