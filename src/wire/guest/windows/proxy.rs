//! `netsh winhttp show proxy`, in any language.
//!
//! A line that ends with a colon, then indented lines: servers and exceptions as `label : value`, or one sentence that says
//! that there is no proxy.

use crate::guest::Connection;
use crate::probe::NoProxy;

/// What the text says of `WinHTTP`; `None` where it is of another kind.
pub(in crate::wire::guest) fn read(text: &str) -> Option<Connection> {
    let mut lines = text.trim_start_matches('\u{feff}').lines().filter(|line| !line.trim().is_empty());
    let title = lines.next()?.trim();
    if !title.contains("WinHTTP") || !title.ends_with([':', '：']) {
        return None;
    }
    let mut values = lines.take(8).filter(|line| line.starts_with([' ', '\t'])).map(|line| {
        // The label ends at a colon with blanks before it; a port has none.
        line.split_once(" :").or_else(|| line.split_once('：')).map(|(_, value)| value.trim())
    });
    let Some(servers) = values.next()? else {
        return Some(Connection { enabled: Some(false), ..Connection::default() });
    };
    // Nothing is excepted: a word in brackets.
    let bypass = values.next().flatten().filter(|list| !list.starts_with('(') && !list.is_empty());
    let mut connection =
        Connection { enabled: Some(true), bypass: bypass.map(NoProxy::parse), ..Connection::default() };
    connection.set_servers(servers);
    Some(connection)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies_and_exceptions_are_read() {
        let text = "\r\nCurrent WinHTTP proxy settings:\r\n\r\n    Proxy Server(s) :  http=10.0.0.5:3128;https=b:81\r\n    \
                    Bypass List     :  *.corp;<local>\r\n\r\n";
        let connection = read(text).unwrap();
        assert_eq!(connection.server(true).unwrap().proxy().unwrap().to_string(), "http://b:81");
        assert_eq!(connection.bypass.unwrap().as_str(), "*.corp;<local>");
        let none =
            "Current WinHTTP proxy settings:\n\n    Proxy Server(s) :  a:1\n    Bypass List     :  (none)\n";
        assert_eq!(read(none).unwrap().bypass, None);
    }

    #[test]
    fn no_proxy_is_said_in_a_sentence() {
        for text in [
            "\nCurrent WinHTTP proxy settings:\n\n    Direct access (no proxy server).\n",
            "\nAktuelle WinHTTP-Proxyeinstellungen:\n\n    Direktzugriff (kein Proxyserver).\n",
        ] {
            assert_eq!(read(text).unwrap().enabled, Some(false));
        }
    }

    #[test]
    fn other_texts_are_no_settings() {
        for text in ["", "WinHTTP", "WinHTTP:", "WinHTTP:\nx : y", "proxies:\n  a : b\n"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
