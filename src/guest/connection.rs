//! The settings of a Windows account.

use super::Named;
use crate::probe::NoProxy;

/// The settings of a Windows account, as the values of its key or as its packed settings hold them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Connection {
    /// Whether the proxy below is on; `None` where not stated.
    pub enabled: Option<bool>,
    /// For plain HTTP.
    pub http: Option<Named>,
    /// For HTTPS.
    pub https: Option<Named>,
    /// Whether a SOCKS proxy is named (`socks=`), which serves what has no proxy of its own.
    pub socks: bool,
    /// Hosts without a proxy.
    pub bypass: Option<NoProxy>,
    /// Whether a script decides (`AutoConfigURL`).
    pub script: bool,
    /// Whether a proxy is looked for in the network (WPAD).
    pub detects: bool,
}

impl Connection {
    /// Takes a list of proxies as `ProxyServer` holds it: `host:port` for all, or `http=host:port;https=host:port`. Those
    /// for other schemes (`ftp=`) are of no use here.
    pub fn set_servers(&mut self, text: &str) {
        (self.http, self.https, self.socks) = (None, None, false);
        for entry in
            text.split(|c: char| c == ';' || c.is_ascii_whitespace()).filter(|entry| !entry.is_empty())
        {
            match entry.split_once('=') {
                None => {
                    self.http.get_or_insert_with(|| Named::parse(entry));
                    self.https.get_or_insert_with(|| Named::parse(entry));
                }
                Some((scheme, server)) if scheme.eq_ignore_ascii_case("http") => {
                    self.http = Some(Named::parse(server));
                }
                Some((scheme, server)) if scheme.eq_ignore_ascii_case("https") => {
                    self.https = Some(Named::parse(server));
                }
                Some((scheme, _)) => self.socks |= scheme.eq_ignore_ascii_case("socks"),
            }
        }
    }

    /// The proxy for a scheme, where one is on.
    #[must_use]
    pub fn server(&self, tls: bool) -> Option<&Named> {
        let server = if tls { &self.https } else { &self.http };
        server.as_ref().filter(|_| self.enabled == Some(true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn servers(text: &str) -> [Option<String>; 2] {
        let mut connection = Connection { enabled: Some(true), ..Connection::default() };
        connection.set_servers(text);
        [false, true].map(|tls| connection.server(tls).map(|named| named.proxy().unwrap().to_string()))
    }

    #[test]
    fn one_for_all_or_one_a_scheme() {
        let text = |host: &str| Some(format!("http://{host}"));
        assert_eq!(servers("10.0.0.5:3128"), [text("10.0.0.5:3128"), text("10.0.0.5:3128")]);
        assert_eq!(servers("http=a:80;HTTPS=http://b:81"), [text("a:80"), text("b:81")]);
        assert_eq!(servers("http=a:80; socks=c:1080"), [text("a:80"), None]);
        assert_eq!(servers("http=a:80 b:81"), [text("a:80"), text("b:81")]);
        assert_eq!(servers(";;"), [None, None]);
    }
}
