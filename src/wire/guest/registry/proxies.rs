//! What an export says about proxies.

use std::sync::Arc;

use super::super::{Said, packed};
use super::{Export, Key};
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

pub(in crate::wire::guest) fn read(name: &Arc<str>, text: &str) -> Said {
    let settings: Vec<Setting> = Export::parse(text).keys().flat_map(|key| settings(key, name)).collect();
    let of_no_use = settings.is_empty().then_some("an export of the registry without settings of proxies");
    Said { settings, of_no_use }
}

fn settings(key: &Key, name: &Arc<str>) -> Vec<Setting> {
    let place = Place { document: name.clone(), pointer: Pointer::root().key(&key.path) };
    let setting = |source, stated| Setting { source, place: place.clone(), stated, open: Vec::new() };
    let path = key.path.to_ascii_lowercase();
    if path.ends_with(POLICY) {
        let per_user = key.number("ProxySettingsPerUser");
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
        return plain(key)
            .map(|connection| setting(source, Stated::Connection(connection)))
            .into_iter()
            .collect();
    }
    let kinds = [("DefaultConnectionSettings", source), ("WinHttpSettings", Source::WinHttp)];
    let settings = kinds.into_iter().filter_map(|(value, source)| {
        let connection = packed::read(key.bytes(value)?);
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
fn plain(key: &Key) -> Option<Connection> {
    let mut connection = Connection {
        enabled: key.number("ProxyEnable").map(|number| number != 0),
        bypass: key.text("ProxyOverride").map(NoProxy::parse),
        script: key.text("AutoConfigURL").is_some_and(|url| !url.is_empty()),
        ..Connection::default()
    };
    if let Some(servers) = key.text("ProxyServer") {
        connection.set_servers(servers);
    }
    (connection != Connection::default()).then_some(connection)
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

#[cfg(test)]
mod tests {
    use super::super::is_export;
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
