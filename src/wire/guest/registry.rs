//! Exports of the Windows registry: `.reg` files, and what `reg query` prints.

use std::sync::Arc;

use super::{Said, packed};
use crate::guest::{Connection, Setting, Source, Stated};
use crate::input::{Place, Pointer};
use crate::probe::NoProxy;

/// The account that SQL backups run under: `NT Service\AzureWLBackupPluginSvc`.
const PLUGIN: &str = "S-1-5-80-1631947889-4033244730-3205203906-53534054-4184208151";
/// Where an account's settings stand, below its hive.
const SETTINGS: &str = r"\software\microsoft\windows\currentversion\internet settings";
/// Where a policy says whose settings count.
const POLICY: &str = r"\software\policies\microsoft\windows\currentversion\internet settings";
/// The key beside the settings that holds them packed.
const CONNECTIONS: &str = r"\connections";

/// Whether the text is an export.
pub(super) fn is_export(text: &str) -> bool {
    let first = text.trim_start_matches('\u{feff}').lines().map(str::trim).find(|line| !line.is_empty());
    first.is_some_and(|line| {
        line.starts_with("Windows Registry Editor Version")
            || line == "REGEDIT4"
            || (line.starts_with("HKEY_") && line.contains('\\') && text.contains("    REG_"))
    })
}

pub(super) fn read(name: &Arc<str>, text: &str) -> Said {
    let settings: Vec<Setting> = keys(text).iter().flat_map(|key| key.settings(name)).collect();
    let of_no_use = settings.is_empty().then_some("an export of the registry without settings of proxies");
    Said { settings, of_no_use }
}

/// A key with its values.
#[derive(Debug, Default)]
struct Key {
    path: String,
    values: Vec<(String, Data)>,
}

/// What a value holds.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Data {
    Number(u32),
    Text(String),
    Bytes(Vec<u8>),
}

impl Key {
    fn value(&self, name: &str) -> Option<&Data> {
        self.values.iter().rev().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, data)| data)
    }

    fn number(&self, name: &str) -> Option<u32> {
        match self.value(name)? {
            Data::Number(number) => Some(*number),
            _ => None,
        }
    }

    fn text(&self, name: &str) -> Option<&str> {
        match self.value(name)? {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    fn settings(&self, name: &Arc<str>) -> Vec<Setting> {
        let place = Place { document: name.clone(), pointer: Pointer::root().key(&self.path) };
        let setting = |source, stated| Setting { source, place: place.clone(), stated, open: Vec::new() };
        let path = self.path.to_ascii_lowercase();
        if path.ends_with(POLICY) {
            let per_user = self.number("ProxySettingsPerUser");
            return per_user
                .map(|per_user| setting(Source::Machine, Stated::PerUser(per_user != 0)))
                .into_iter()
                .collect();
        }
        let (hive, packed) = match path.strip_suffix(CONNECTIONS) {
            Some(path) => (path.strip_suffix(SETTINGS), true),
            None => (path.strip_suffix(SETTINGS), false),
        };
        let Some(source) = hive.and_then(source) else { return Vec::new() };
        if !packed {
            return self
                .plain()
                .map(|connection| setting(source, Stated::Connection(connection)))
                .into_iter()
                .collect();
        }
        let kinds = [("DefaultConnectionSettings", source), ("WinHttpSettings", Source::WinHttp)];
        let settings = kinds.into_iter().filter_map(|(value, source)| {
            let Data::Bytes(bytes) = self.value(value)? else { return None };
            let connection = packed::read(bytes);
            let broken = connection.is_none();
            let mut setting = setting(source, Stated::Connection(connection.unwrap_or_default()));
            if broken {
                setting.open.push(setting.names(&format!("the packed settings `{value}` make no sense")));
            }
            Some(setting)
        });
        settings.collect()
    }

    /// The settings as plain values, if there are any.
    fn plain(&self) -> Option<Connection> {
        let mut connection = Connection {
            enabled: self.number("ProxyEnable").map(|number| number != 0),
            bypass: self.text("ProxyOverride").map(NoProxy::parse),
            script: self.text("AutoConfigURL").is_some_and(|url| !url.is_empty()),
            ..Connection::default()
        };
        if let Some(servers) = self.text("ProxyServer") {
            connection.set_servers(servers);
        }
        (connection != Connection::default()).then_some(connection)
    }
}

/// Whose hive this is, in lower case.
fn source(hive: &str) -> Option<Source> {
    let (root, account) = hive.split_once('\\').unwrap_or((hive, ""));
    match (root, account) {
        ("hkey_current_user" | "hkcu", "") => Some(Source::UserAccount),
        ("hkey_local_machine" | "hklm", "") => Some(Source::Machine),
        // `.DEFAULT` is another name of the same hive.
        ("hkey_users" | "hku", "s-1-5-18" | ".default") => Some(Source::SystemAccount),
        ("hkey_users" | "hku", account) if account.eq_ignore_ascii_case(PLUGIN) => {
            Some(Source::PluginAccount)
        }
        ("hkey_users" | "hku", account) if account.starts_with("s-1-5-21-") => Some(Source::UserAccount),
        _ => None,
    }
}

/// Every key of the export with its values, in order.
fn keys(text: &str) -> Vec<Key> {
    let mut keys: Vec<Key> = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let line = line.trim_end();
        if let Some(path) =
            line.trim_start_matches('\u{feff}').strip_prefix('[').and_then(|rest| rest.strip_suffix(']'))
        {
            keys.push(Key { path: path.to_owned(), values: Vec::new() });
        } else if line.starts_with("HKEY_") {
            keys.push(Key { path: line.to_owned(), values: Vec::new() });
        } else if let Some(key) = keys.last_mut() {
            key.values.extend(value(line, &mut lines).or_else(|| queried(line)));
        }
    }
    // `[-HKEY_…]` takes a key away: it is no key of settings, for nothing begins so.
    keys
}

/// A value of a `.reg` file: `"name"=…`. Bytes may go on over several lines.
fn value(line: &str, lines: &mut std::str::Lines<'_>) -> Option<(String, Data)> {
    let (name, rest) = quoted_text(line)?;
    let data = rest.strip_prefix('=')?;
    if let Some(number) = data.strip_prefix("dword:") {
        return Some((name, Data::Number(u32::from_str_radix(number.trim(), 16).ok()?)));
    }
    if let Some((kind, first)) = data.strip_prefix("hex").and_then(|rest| rest.split_once(':')) {
        let mut bytes = Vec::new();
        let mut part = first;
        loop {
            let goes_on = part.trim_end().strip_suffix('\\');
            for byte in goes_on.unwrap_or(part).split(',').map(str::trim).filter(|byte| !byte.is_empty()) {
                bytes.push(u8::from_str_radix(byte, 16).ok()?);
            }
            match goes_on.and_then(|_| lines.next()) {
                Some(next) => part = next,
                None => break,
            }
        }
        let text = matches!(kind, "(1)" | "(2)").then(|| wide(&bytes));
        return Some((name, text.map_or(Data::Bytes(bytes), Data::Text)));
    }
    quoted_text(data).map(|(text, _)| (name, Data::Text(text)))
}

/// A text in quotation marks, and what follows it. `\` takes the next character as it is.
fn quoted_text(text: &str) -> Option<(String, &str)> {
    let mut inner = String::new();
    let mut characters = text.strip_prefix('"')?.char_indices();
    let rest = text.get(1..)?;
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return Some((inner, rest.get(at + 1..)?)),
            '\\' => inner.push(characters.next()?.1),
            c => inner.push(c),
        }
    }
    None
}

/// A text of two bytes a character, without the zero at its end.
fn wide(bytes: &[u8]) -> String {
    let units = bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair));
    let text: String = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    text.trim_end_matches('\0').to_owned()
}

/// A value as `reg query` prints it: name, kind and data, four blanks between them.
fn queried(line: &str) -> Option<(String, Data)> {
    let (name, rest) = line.strip_prefix("    ")?.split_once("    REG_")?;
    let (kind, data) = rest.split_once("    ").unwrap_or((rest, ""));
    let data = match kind.trim() {
        "DWORD" => Data::Number(u32::from_str_radix(data.trim().strip_prefix("0x")?, 16).ok()?),
        "SZ" | "EXPAND_SZ" => Data::Text(data.trim().to_owned()),
        "BINARY" => Data::Bytes(digits(data.trim())?),
        _ => return None,
    };
    Some((name.trim().to_owned(), data))
}

fn digits(text: &str) -> Option<Vec<u8>> {
    let (pairs, odd) = text.as_bytes().as_chunks::<2>();
    let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    odd.is_empty().then(|| pairs.iter().map(byte).collect())?
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "\u{feff}Windows Registry Editor Version 5.00\r\n\r\n";
    const INTERNET: &str = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings";

    fn connections(text: &str) -> Vec<(Source, Connection)> {
        assert!(is_export(text));
        let said = read(&"r".into(), text);
        let connection = |setting: Setting| match setting.stated {
            Stated::Connection(connection) => (setting.source, connection),
            other => panic!("{other:?}"),
        };
        said.settings.into_iter().map(connection).collect()
    }

    #[test]
    fn values_of_every_account_are_read() {
        let text = format!(
            "{HEAD}[HKEY_USERS\\S-1-5-18\\{INTERNET}]\r\n\"ProxyEnable\"=dword:00000001\r\n\
             \"ProxyServer\"=\"http=a:80;https=b:81\"\r\n\"ProxyOverride\"=\"*.x;\\\"<local>\"\r\n\r\n\
             [HKEY_USERS\\{PLUGIN}\\{INTERNET}]\r\n\"AutoConfigURL\"=hex(1):68,00,\\\r\n  00,00\r\n\
             [HKEY_CURRENT_USER\\{INTERNET}]\r\n\"ProxyEnable\"=dword:0\r\n[HKEY_USERS\\S-1-5-19\\{INTERNET}]\r\n\
             \"ProxyEnable\"=dword:1\r\n"
        );
        let found = connections(&text);
        let sources: Vec<Source> = found.iter().map(|(source, _)| *source).collect();
        assert_eq!(sources, [Source::SystemAccount, Source::PluginAccount, Source::UserAccount]);
        assert_eq!(found[0].1.server(true).unwrap().proxy().unwrap().to_string(), "http://b:81");
        assert_eq!(found[0].1.bypass.as_ref().unwrap().as_str(), "*.x;\"<local>");
        assert!(found[1].1.script && found[2].1.enabled == Some(false));
    }

    #[test]
    fn packed_settings_and_policies_are_read() {
        let text = format!(
            "{HEAD}[HKEY_USERS\\.DEFAULT\\{INTERNET}\\Connections]\n\"DefaultConnectionSettings\"=hex:46,00,00,00,01,00,\\\n  \
             00,00,03,00,00,00,03,00,00,00,61,3a,31,00,00,00,00\n\"SavedLegacySettings\"=hex:00\n\
             [HKEY_LOCAL_MACHINE\\{INTERNET}\\Connections]\n\"WinHttpSettings\"=hex:zz\n\
             [HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows\\CurrentVersion\\Internet Settings]\n\
             \"ProxySettingsPerUser\"=dword:00000000\n"
        );
        let said = read(&"r".into(), &text);
        assert_eq!(said.settings.len(), 2, "{said:#?}");
        assert_eq!(said.settings[1].stated, Stated::PerUser(false));
        let Stated::Connection(connection) = &said.settings[0].stated else { panic!() };
        assert_eq!(connection.server(false).unwrap().proxy().unwrap().to_string(), "http://a:1");
    }

    #[test]
    fn what_reg_query_prints_is_read() {
        let text = format!(
            "\r\nHKEY_USERS\\S-1-5-18\\{INTERNET}\r\n    ProxyEnable    REG_DWORD    0x1\r\n    \
             ProxyServer    REG_SZ    10.0.0.5:3128\r\n    Other    REG_MULTI_SZ    x\r\n    Odd    REG_BINARY    123\r\n"
        );
        let found = connections(&text);
        assert_eq!(found[0].1.server(true).unwrap().proxy().unwrap().to_string(), "http://10.0.0.5:3128");
    }

    #[test]
    fn hostile_exports_are_survived() {
        for tail in [
            "\"",
            "\"a\\",
            "\"a\"=",
            "\"a\"=hex:\\",
            "\"a\"=hex:0,\\\n\"b\"=x",
            "[",
            "[]",
            "\"a\"=dword:fffffffff",
        ] {
            let text = format!("REGEDIT4\n[HKEY_USERS\\S-1-5-18\\{INTERNET}]\n{tail}");
            assert!(read(&"r".into(), &text).of_no_use.is_some(), "{tail}");
        }
        let huge = format!("REGEDIT4\n[{}]\n\"{}\"=\"x\"", "a\\".repeat(100_000), "\\".repeat(100_001));
        assert!(read(&"r".into(), &huge).settings.is_empty());
    }
}
