//! Addresses of files.

use std::fmt::{self, Write};
use std::str::FromStr;

use thiserror::Error;

use crate::probe::{Authority, Host};

/// The longest address that is followed, in bytes.
const LONGEST: usize = 4096;

/// Where a file can be fetched: `http` or `https`.
///
/// Shown without its query, which may hold a key.
#[derive(Clone, PartialEq, Eq)]
pub struct Url {
    tls: bool,
    authority: Authority,
    /// Path and query, as they are sent: ASCII without spaces, beginning with `/`.
    path: String,
}

impl Url {
    /// Whether it is fetched over TLS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.tls
    }

    /// Host and port.
    #[must_use]
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// The last part of the path: the name of the file.
    #[must_use]
    pub fn file_name(&self) -> &str {
        let path = self.path_alone();
        path.rsplit('/').next().unwrap_or(path)
    }

    /// What a link in a document of this address leads to (RFC 3986, section 5.2).
    pub fn join(&self, link: &str) -> Result<Self, UrlError> {
        let link = link.split('#').next().unwrap_or(link);
        if has_scheme(link) {
            return link.parse();
        }
        if let Some(rest) = link.strip_prefix("//") {
            return format!("{}://{rest}", self.scheme()).parse();
        }
        let folder = || self.path_alone().rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        let path = match link.chars().next() {
            None => self.path.clone(),
            Some('/') => link.to_owned(),
            Some('?') => format!("{}{link}", self.path_alone()),
            Some(_) => format!("{}/{link}", folder()),
        };
        Ok(Self { path: without_dots(&sendable(&path)?), ..self.clone() })
    }

    /// Path and query, as they are sent.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// As a proxy is asked for it, and with nothing left out: not to be shown.
    pub(super) fn whole(&self) -> String {
        format!("{}://{}{}", self.scheme(), self.shown_authority(), self.path)
    }

    /// Host and port as `Host` states them: the usual port is left out.
    pub(super) fn shown_authority(&self) -> String {
        let text = self.authority.to_string();
        let usual = format!(":{}", usual_port(self.tls));
        text.strip_suffix(&usual).map_or(text.clone(), str::to_owned)
    }

    fn scheme(&self) -> &'static str {
        if self.tls { "https" } else { "http" }
    }

    fn path_alone(&self) -> &str {
        self.path.split('?').next().unwrap_or(&self.path)
    }
}

/// A text that is no address of a file. It is not repeated: an address may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum UrlError {
    /// Another scheme, or none.
    #[error("only addresses that begin with `http://` or `https://` are fetched")]
    Scheme,
    /// No host, or a port that is none.
    #[error("the address names no host")]
    Host,
    /// A name or password in it.
    #[error("an address with a name or password in it is not fetched")]
    Credentials,
    /// Control characters, or too long.
    #[error("the address has control characters in it or is longer than 4096 bytes")]
    Characters,
}

impl FromStr for Url {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let (scheme, rest) = text.trim().split_once("://").ok_or(UrlError::Scheme)?;
        let tls = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            _ => return Err(UrlError::Scheme),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(end).ok_or(UrlError::Host)?;
        if authority.contains('@') {
            return Err(UrlError::Credentials);
        }
        let path = path.split('#').next().unwrap_or(path);
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        Ok(Self { tls, authority: read_authority(authority, tls)?, path: sendable(&path)? })
    }
}

/// Without what follows a question mark.
impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let query = if self.path.contains('?') { "?…" } else { "" };
        write!(f, "{}://{}{}{query}", self.scheme(), self.shown_authority(), self.path_alone())
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Url({self})")
    }
}

fn usual_port(tls: bool) -> u16 {
    if tls { 443 } else { 80 }
}

fn has_scheme(link: &str) -> bool {
    let scheme = link.split(['/', '?']).next().and_then(|first| first.split_once(':'));
    scheme.is_some_and(|(scheme, _)| scheme.starts_with(|c: char| c.is_ascii_alphabetic()))
}

fn read_authority(text: &str, tls: bool) -> Result<Authority, UrlError> {
    if let Ok(host) = text.parse::<Host>()
        && (text.starts_with('[') || !text.contains(':'))
    {
        return Ok(Authority { host, port: usual_port(tls) });
    }
    text.parse().map_err(|_| UrlError::Host)
}

/// Spaces and letters past ASCII percent-encoded; what has control characters in it is refused.
fn sendable(path: &str) -> Result<String, UrlError> {
    if path.len() > LONGEST || path.chars().any(char::is_control) {
        return Err(UrlError::Characters);
    }
    let mut sendable = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte) {
            sendable.push(char::from(byte));
        } else {
            // Writing to a text cannot fail.
            let _ = write!(sendable, "%{byte:02X}");
        }
    }
    Ok(sendable)
}

/// `.` and `..` taken out of the path (RFC 3986, section 5.2.4).
fn without_dots(path: &str) -> String {
    let (path, query) = path.split_at(path.find('?').unwrap_or(path.len()));
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').skip(1) {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}{query}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_is_taken_apart_and_shown_without_its_query() {
        let one = url("HTTPS://Download.Example/a b/ServiceTags_Public_20250728.json?sig=secret#x");
        assert_eq!(one.to_string(), "https://download.example/a%20b/ServiceTags_Public_20250728.json?…");
        assert_eq!(one.file_name(), "ServiceTags_Public_20250728.json");
        assert!(!format!("{one:?}").contains("secret"));
        assert!(one.whole().ends_with("?sig=secret"));
        assert_eq!(one.authority().to_string(), "download.example:443");
        assert_eq!(url("http://[::1]:8080").to_string(), "http://[::1]:8080/");
        assert_eq!(url("http://[::1]").authority().to_string(), "[::1]:80");
        assert_eq!(url("http://h:80?x").path(), "/?x");
        for (wrong, why) in [
            ("ftp://h/", UrlError::Scheme),
            ("/tmp/file", UrlError::Scheme),
            ("http://", UrlError::Host),
            ("http://h:0/", UrlError::Host),
            ("http://a b/", UrlError::Host),
            ("http://kim:secret@h/", UrlError::Credentials),
            ("http://h/a\r\nb: c", UrlError::Characters),
        ] {
            assert_eq!(wrong.parse::<Url>(), Err(why), "{wrong}");
        }
    }

    #[test]
    fn a_link_is_followed_from_where_it_stands() {
        let base = url("https://h/a/b/page?id=1");
        let to = |link: &str| base.join(link).unwrap().whole();
        assert_eq!(to("http://g/c"), "http://g/c");
        assert_eq!(to("//g:8443/c"), "https://g:8443/c");
        assert_eq!(to("/c?d#e"), "https://h/c?d");
        assert_eq!(to("c"), "https://h/a/b/c");
        assert_eq!(to("../../../c/./d"), "https://h/c/d");
        assert_eq!(to("?x:y"), "https://h/a/b/page?x:y");
        assert_eq!(to(""), "https://h/a/b/page?id=1");
        assert_eq!(base.join("javascript:alert(1)"), Err(UrlError::Scheme));
        assert_eq!(base.join("file:///etc/passwd"), Err(UrlError::Scheme));
    }
}
