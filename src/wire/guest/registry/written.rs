//! Keys of a running machine's registry, written as the export that its owner would make: one reader serves both.

use std::fmt::Write as _;

use crate::guest::Named;
use crate::input::Document;
use crate::wire::guest::{packed, redact};

/// Values that hold settings packed into bytes, proxies among them.
const PACKED: [&str; 3] = ["DefaultConnectionSettings", "SavedLegacySettings", "WinHttpSettings"];

/// A key of a registry, and those of its values that are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryKey {
    /// Its path from the root, as in `HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\GuestAgent`.
    pub path: String,
    /// Its values by their names; the one without a name has an empty one.
    pub values: Vec<(String, RegistryValue)>,
}

/// What a value holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegistryValue {
    /// `REG_DWORD`.
    Number(u32),
    /// `REG_QWORD`.
    Long(u64),
    /// `REG_SZ`, `REG_EXPAND_SZ`.
    Text(String),
    /// `REG_MULTI_SZ`.
    Texts(Vec<String>),
    /// `REG_BINARY`, and every other kind.
    Bytes(Vec<u8>),
}

/// The document of an export of these keys, without the credentials that stand in settings of proxies.
///
/// A name that no line can hold is left out with what it names.
#[must_use]
pub fn registry_document(name: &str, keys: &[RegistryKey]) -> Document {
    let mut text = "Windows Registry Editor Version 5.00\n".to_owned();
    for key in keys.iter().filter(|key| is_plain(&key.path)) {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "\n[{}]", key.path);
        for (name, value) in key.values.iter().filter(|(name, _)| is_plain(name)) {
            let name = if name.is_empty() { "@".to_owned() } else { quoted(name) };
            let _ = writeln!(text, "{name}={}", withheld(&name, value).written());
        }
    }
    redact(Document { name: name.into(), bytes: text.into_bytes(), named_by_user: false })
}

/// The value without the credentials of proxies; its name is quoted.
fn withheld(name: &str, value: &RegistryValue) -> RegistryValue {
    let is = |known: &str| name.trim_matches('"').eq_ignore_ascii_case(known);
    match value {
        RegistryValue::Text(text) if is("ProxyServer") => RegistryValue::Text(servers(text)),
        RegistryValue::Text(text) if is("AutoConfigURL") => RegistryValue::Text(Named::withhold(text, 0).0),
        RegistryValue::Bytes(bytes) if PACKED.iter().any(|known| is(known)) => {
            RegistryValue::Bytes(packed::withheld(bytes))
        }
        other => other.clone(),
    }
}

/// A list of proxies, `host:port` or `scheme=host:port` each, without credentials.
pub(in crate::wire::guest) fn servers(text: &str) -> String {
    let entry = |entry: &str| match entry.split_once('=') {
        Some((scheme, server)) => format!("{scheme}={}", Named::withhold(server, 0).0),
        None => Named::withhold(entry, 0).0,
    };
    if !text.contains('@') {
        return text.to_owned();
    }
    text.split(|c: char| c == ';' || c.is_ascii_whitespace()).map(entry).collect::<Vec<_>>().join(";")
}

impl RegistryValue {
    /// What stands behind the sign of equality.
    fn written(&self) -> String {
        let wide =
            |text: &str| text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        match self {
            Self::Number(number) => format!("dword:{number:08x}"),
            Self::Long(number) => format!("hex(b):{}", listed(&number.to_le_bytes())),
            Self::Text(text) if is_plain(text) => quoted(text),
            Self::Text(text) => format!("hex(1):{}", listed(&wide(text))),
            Self::Texts(texts) => {
                let bytes: Vec<u8> = texts.iter().flat_map(|text| wide(text)).chain([0, 0]).collect();
                format!("hex(7):{}", listed(&bytes))
            }
            Self::Bytes(bytes) => format!("hex:{}", listed(bytes)),
        }
    }
}

/// Whether a line can hold the text.
fn is_plain(text: &str) -> bool {
    !text.contains(char::is_control)
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn listed(bytes: &[u8]) -> String {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.join(",")
}

#[cfg(test)]
mod tests {
    use super::super::{Data, Export, is_export};
    use super::*;

    fn key(path: &str, values: Vec<(&str, RegistryValue)>) -> RegistryKey {
        let values = values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        RegistryKey { path: path.to_owned(), values }
    }

    fn text(keys: &[RegistryKey]) -> String {
        String::from_utf8(registry_document("registry/x.reg", keys).bytes).unwrap()
    }

    #[test]
    fn what_is_written_is_read_back() {
        let written = text(&[
            key(
                r"HKEY_LOCAL_MACHINE\SOFTWARE\A",
                vec![
                    ("", RegistryValue::Text("unnamed".into())),
                    ("D", RegistryValue::Number(10)),
                    ("Q", RegistryValue::Long(1 << 40)),
                    ("S", RegistryValue::Text("C:\\Win \"x\" [y] é".into())),
                    ("Two lines", RegistryValue::Text("a\r\n[HKEY_LOCAL_MACHINE\\B]".into())),
                    ("M", RegistryValue::Texts(vec!["a".into(), "b".into()])),
                    ("B", RegistryValue::Bytes(vec![1, 255])),
                    ("None", RegistryValue::Bytes(Vec::new())),
                    ("bad\nname", RegistryValue::Number(1)),
                ],
            ),
            key("HKEY_LOCAL_MACHINE\\B\n\"x\"=\"y\"", vec![("x", RegistryValue::Number(1))]),
            key(r"HKEY_LOCAL_MACHINE\C", vec![]),
        ]);
        assert!(is_export(&written));
        let export = Export::parse(&written);
        let paths: Vec<&str> = export.keys().map(|key| key.path.as_str()).collect();
        assert_eq!(paths, [r"HKEY_LOCAL_MACHINE\SOFTWARE\A", r"HKEY_LOCAL_MACHINE\C"]);
        let a = export.keys().next().unwrap();
        assert_eq!((a.text(""), a.text("S")), (Some("unnamed"), Some("C:\\Win \"x\" [y] é")));
        assert_eq!((a.number("D"), a.number("Q")), (Some(10), Some(1 << 40)));
        assert_eq!(a.text("Two lines"), Some("a\r\n[HKEY_LOCAL_MACHINE\\B]"));
        assert_eq!(a.value("M"), Some(&Data::Texts(vec!["a".into(), "b".into()])));
        assert_eq!((a.bytes("B"), a.bytes("None")), (Some(&[1, 255][..]), Some(&[][..])));
    }

    #[test]
    fn credentials_of_proxies_stay_behind() {
        let mut packed = [70_u32, 9, 3].map(u32::to_le_bytes).concat();
        for part in ["http://kim:s3cret@10.0.0.5:3128", "<local>", "http://kim:s3cret@x/p.pac"] {
            packed.extend(u32::try_from(part.len()).unwrap().to_le_bytes());
            packed.extend(part.as_bytes());
        }
        let broken = packed[..30].to_vec();
        let whole = RegistryValue::Bytes(packed);
        let account = r"HKEY_USERS\S-1-5-18\Software\Microsoft\Windows\CurrentVersion\Internet Settings";
        let written = text(&[
            key(
                account,
                vec![
                    ("ProxyEnable", RegistryValue::Number(1)),
                    (
                        "proxyserver",
                        RegistryValue::Text("http=kim:s3cret@a:80; https=http://kim:s3cret@b:81".into()),
                    ),
                    ("AutoConfigURL", RegistryValue::Text("http://kim:s3cret@x/p.pac?sig=abc".into())),
                ],
            ),
            key(
                &format!(r"{account}\Connections"),
                vec![("DefaultConnectionSettings", whole), ("WinHttpSettings", RegistryValue::Bytes(broken))],
            ),
        ]);
        let hidden = |text: &str| listed(text.as_bytes());
        for secret in
            ["s3cret".to_owned(), "kim".to_owned(), "abc".to_owned(), hidden("s3cret"), hidden("kim")]
        {
            assert!(!written.contains(&secret), "{secret}: {written}");
        }
        let said = super::super::read(&"r".into(), &written);
        let proxies: Vec<String> = said
            .settings
            .iter()
            .filter_map(|setting| match &setting.stated {
                crate::guest::Stated::Connection(connection) => connection.server(true),
                _ => None,
            })
            .map(|named| format!("{named:?}"))
            .collect();
        assert_eq!(proxies.len(), 2, "{:?}", said.settings);
        assert!(proxies[0].contains("81") && proxies[1].contains("10.0.0.5"), "{proxies:?}");
    }
}
