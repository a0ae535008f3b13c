//! Which proxy settings each consumer of a connection really uses, from the documents that hold them.

use std::fmt::Write as _;
use std::sync::Arc;

use azpreflight::guest::{Route, Settings, Source};
use azpreflight::input::{Bundle, Document};
use azpreflight::probe::{Consumer, Via};
use azpreflight::wire;

fn document(name: &str, text: impl Into<Vec<u8>>) -> Document {
    Document { name: name.into(), bytes: text.into(), named_by_user: false }
}

fn settings(documents: &[(&str, &str)]) -> Settings {
    let documents = documents.iter().map(|(name, text)| document(name, *text)).collect();
    let facts = wire::parse(&Bundle { documents }).expect("it is read");
    assert!(facts.unrecognised.is_empty(), "{:?}", facts.unrecognised);
    facts.proxy_settings
}

fn route(settings: &Settings, consumer: Consumer, to: &str) -> Route {
    settings.route(consumer, &to.parse().expect("a host and a port"), !to.ends_with(":80"))
}

/// The way and the setting that makes it so.
fn way(settings: &Settings, consumer: Consumer, to: &str) -> String {
    let route = route(settings, consumer, to);
    let mut way = route.via.to_string();
    if let Some(by) = route.configured_by {
        let _ = write!(way, " by {by}");
    }
    if route.undecided.is_some() {
        way.push_str(" ?");
    }
    way
}

const BLOB: &str = "example.blob.core.windows.net:443";
const ENTRA: &str = "login.microsoftonline.com:443";
const WIRE_SERVER: &str = "168.63.129.16:80";
const CONFIGURATION: &str =
    "# x\nProvisioning.Agent=auto\nHttpProxy.Host=agent.example\nHttpProxy.Port=3128\n";
const UNIT: &str = "[Service]\nEnvironment=\"https_proxy=http://unit.example:3128\" \"http_proxy=http://unit.example:3128\"\n";
const DROP_IN: &str = "/etc/systemd/system/walinuxagent.service.d/http-proxy.conf";
const INTERNET: &str = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings";
const PLUGIN: &str = "S-1-5-80-1631947889-4033244730-3205203906-53534054-4184208151";

#[test]
fn nothing_configured_is_direct() {
    for consumer in Consumer::ALL {
        assert_eq!(route(&Settings::default(), *consumer, BLOB), Route::default());
        assert_eq!(route(&Settings::default(), *consumer, WIRE_SERVER), Route::default());
    }
}

#[test]
fn the_agents_own_configuration_wins() {
    let both = settings(&[("/etc/waagent.conf", CONFIGURATION), (DROP_IN, UNIT)]);
    assert_eq!(
        way(&both, Consumer::Agent, BLOB),
        "http://agent.example:3128 by HttpProxy.Host in /etc/waagent.conf"
    );
    let unit = settings(&[
        ("/etc/waagent.conf", "Provisioning.Agent=auto\n#HttpProxy.Host=None\n"),
        (DROP_IN, UNIT),
    ]);
    assert_eq!(
        way(&unit, Consumer::Agent, BLOB),
        format!("http://unit.example:3128 by https_proxy in {DROP_IN}")
    );
    // Not even the port of the configuration helps the host of the environment.
    let half = settings(&[("w", "HttpProxy.Host=agent.example"), (DROP_IN, UNIT)]);
    assert_eq!(way(&half, Consumer::Agent, BLOB), "direct by HttpProxy.Host in w");
}

#[test]
fn the_environment_excepts_hosts_from_the_agents_own_proxy() {
    let list = "[Service]\nEnvironment=no_proxy=.blob.core.windows.net\n";
    let settings = settings(&[("/etc/waagent.conf", CONFIGURATION), (DROP_IN, list)]);
    assert_eq!(way(&settings, Consumer::Agent, BLOB), format!("direct by no_proxy in {DROP_IN}"));
    assert_eq!(
        way(&settings, Consumer::Agent, ENTRA),
        "http://agent.example:3128 by HttpProxy.Host in /etc/waagent.conf"
    );
}

#[test]
fn what_login_sessions_read_does_not_reach_the_agent() {
    let text = "http_proxy=http://session.example:3128\nhttps_proxy=http://session.example:3128\n";
    let settings = settings(&[("/etc/environment", text)]);
    let agent = route(&settings, Consumer::Agent, BLOB);
    assert_eq!((agent.via, agent.configured_by), (Via::Direct, None));
    assert!(agent.notes.iter().any(|note| note.contains("only login sessions")), "{:?}", agent.notes);
    assert_eq!(
        way(&settings, Consumer::User, BLOB),
        "http://session.example:3128 by https_proxy in /etc/environment"
    );
}

#[test]
fn drop_ins_count_in_the_order_of_systemd() {
    let of = |host: &str| format!("[Service]\nEnvironment=https_proxy=http://{host}:1\n");
    let manager = "[Manager]\nDefaultEnvironment=https_proxy=http://manager:1 no_proxy=a.example\n";
    let (late, early, unit) =
        (of("late"), of("early"), format!("{}ExecStart=/usr/sbin/waagent -daemon\n", of("unit")));
    let settings = settings(&[
        ("/etc/systemd/system/walinuxagent.service.d/20.conf", &late),
        ("/usr/lib/systemd/system/walinuxagent.service.d/10.conf", &early),
        ("/lib/systemd/system/walinuxagent.service", &unit),
        ("/etc/systemd/system.conf", manager),
    ]);
    assert!(way(&settings, Consumer::Agent, BLOB).starts_with("http://late:1"));
    assert_eq!(
        way(&settings, Consumer::Agent, "a.example:443"),
        "direct by no_proxy in /etc/systemd/system.conf"
    );
}

#[test]
fn the_agent_wants_scheme_and_port_and_sends_no_credentials() {
    let of =
        |value: &str| format!("[Service]\nEnvironment=\"https_proxy={value}\" HTTPS_PROXY=http://upper:1\n");
    for (value, expected) in [
        ("proxy.example:3128", "direct"),
        ("http://proxy.example", "direct"),
        ("https://proxy.example:3128", "http://proxy.example:3128"),
        ("", "direct"),
    ] {
        let settings = settings(&[(DROP_IN, &of(value))]);
        assert_eq!(route(&settings, Consumer::Agent, BLOB).via.to_string(), expected, "{value}");
    }
    let settings = settings(&[(DROP_IN, &of("http://kim:secret@proxy.example:3128"))]);
    let agent = route(&settings, Consumer::Agent, BLOB);
    assert!(agent.via.proxy().expect("a proxy").credentials.is_none());
    assert!(agent.notes.iter().any(|note| note.contains("does not send")), "{:?}", agent.notes);
    assert!(!format!("{settings:?} {agent:?}").contains("secret"));
}

#[test]
fn the_platform_is_reached_without_a_proxy_and_a_list_that_lacks_it_is_told() {
    let text = "http_proxy=http://p.example:1\nno_proxy=168.63.129.16\n";
    let settings =
        settings(&[("/etc/environment", text), (DROP_IN, UNIT), ("/etc/waagent.conf", CONFIGURATION)]);
    for to in [WIRE_SERVER, "168.63.129.16:32526", "169.254.169.254:80"] {
        for consumer in Consumer::ALL {
            assert_eq!(route(&settings, *consumer, to).via, Via::Direct);
        }
    }
    let user = route(&settings, Consumer::User, WIRE_SERVER).notes;
    assert!(
        matches!(user.as_slice(), [note] if note.contains("169.254.169.254") && !note.contains("168.63")),
        "{user:?}"
    );
    let agent = route(&settings, Consumer::Agent, WIRE_SERVER).notes;
    assert!(
        matches!(agent.as_slice(), [note] if note.contains("168.63.129.16 and 169.254.169.254")),
        "{agent:?}"
    );
}

#[test]
fn uploads_of_the_extension_are_promised_no_proxy() {
    let settings = settings(&[("/etc/waagent.conf", CONFIGURATION), (DROP_IN, UNIT)]);
    let extension = route(&settings, Consumer::Extension, BLOB);
    assert_eq!(extension.via, Via::Direct);
    assert_eq!(extension.notes.len(), 2, "{:?}", extension.notes);
}

#[test]
fn side_conditions_of_a_proxy_are_named_where_they_matter() {
    let settings = settings(&[("/etc/waagent.conf", CONFIGURATION)]);
    let notes = |consumer, to| route(&settings, consumer, to).notes.join("\n");
    let blob = notes(Consumer::Agent, BLOB);
    assert!(blob.contains("stickiness") && blob.contains("rewrite"), "{blob}");
    assert!(
        blob.contains("*.blob.core.windows.net") && blob.contains("`example.blob.core.windows.net`"),
        "{blob}"
    );
    assert!(!notes(Consumer::Agent, ENTRA).contains("allow-list"));
    assert_eq!(notes(Consumer::User, BLOB), "");
}

#[test]
fn hana_takes_a_proxy_for_entra_alone() {
    let overrides = |more: &str| {
        format!(
            r#"{{"UseProxyForAAD":true,{more}"UseProxyForAzureStorage":false,"ProxyServerAddress":"http://hana.example:3128"}}"#
        )
    };
    let path = "/opt/msawb/bin/ExtensionSettingsOverrides.json";
    let plain = settings(&[(path, &overrides(""))]);
    let expected = format!("http://hana.example:3128 by ProxyServerAddress in {path}");
    assert_eq!(way(&plain, Consumer::Workload, ENTRA), expected);
    assert_eq!(way(&plain, Consumer::Workload, "eu.login.microsoft.com:443"), expected);
    assert_eq!(way(&plain, Consumer::Workload, "notlogin.microsoft.com:443"), "direct");
    assert_eq!(way(&plain, Consumer::Workload, BLOB), "direct");
    let more = settings(&[(path, &overrides("\"UseProxyForAzureBackup\":\"true\","))]);
    assert!(route(&more, Consumer::Workload, BLOB).notes[0].contains("more than Entra"));
}

fn account(sid: &str, values: &str) -> String {
    format!("[HKEY_USERS\\{sid}\\{INTERNET}]\r\n{values}\r\n")
}

fn export(keys: &[String]) -> String {
    format!("Windows Registry Editor Version 5.00\r\n\r\n{}", keys.concat())
}

const ON: &str = "\"ProxyEnable\"=dword:00000001\r\n\"ProxyServer\"=\"win.example:3128\"\r\n";

#[test]
fn windows_services_use_the_settings_of_their_accounts() {
    let user = format!("[HKEY_CURRENT_USER\\{INTERNET}]\r\n{ON}");
    let mine = settings(&[("user.reg", &export(std::slice::from_ref(&user)))]);
    assert_eq!(way(&mine, Consumer::Agent, BLOB), "direct");
    assert_eq!(way(&mine, Consumer::User, BLOB), "http://win.example:3128 by ProxyServer in user.reg");
    let system = settings(&[(
        "all.reg",
        &export(&[user, account("S-1-5-18", ON), account(PLUGIN, "\"ProxyEnable\"=dword:0")]),
    )]);
    let through = "http://win.example:3128 by ProxyServer in all.reg";
    assert_eq!(way(&system, Consumer::Agent, BLOB), through);
    assert_eq!(way(&system, Consumer::Extension, BLOB), through);
    let workload = route(&system, Consumer::Workload, BLOB);
    assert_eq!(workload.via, Via::Direct);
    assert!(workload.notes.iter().any(|note| note.contains("both accounts")), "{:?}", workload.notes);
}

#[test]
fn what_windows_leaves_to_a_script_is_not_decided() {
    let values = format!("{ON}\"AutoConfigURL\"=\"http://wpad.example/p.pac\"\r\n");
    let script = settings(&[("s.reg", &export(&[account("S-1-5-18", &values)]))]);
    assert_eq!(way(&script, Consumer::Agent, BLOB), "http://win.example:3128 by AutoConfigURL in s.reg ?");
    let half = settings(&[("h.reg", &export(&[account("S-1-5-18", "\"ProxyServer\"=\"a:1\"\r\n")]))]);
    assert_eq!(way(&half, Consumer::Agent, BLOB), "direct ?");
    let machine = format!(
        "[HKEY_LOCAL_MACHINE\\Software\\Policies\\Microsoft\\Windows\\CurrentVersion\\Internet Settings]\r\n\
         \"ProxySettingsPerUser\"=dword:00000000\r\n[HKEY_LOCAL_MACHINE\\{INTERNET}]\r\n{}",
        ON.replace("win", "machine")
    );
    let policy = settings(&[("m.reg", &export(&[account("S-1-5-18", ON), machine]))]);
    assert_eq!(way(&policy, Consumer::Agent, BLOB), "http://machine.example:3128 by ProxyServer in m.reg");
}

#[test]
fn registry_exports_are_read_in_every_encoding() {
    let text = export(&[account("S-1-5-18", ON)]);
    let wide: Vec<u8> = [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let mut odd = wide.clone();
    odd.pop();
    for (bytes, known) in [(wide, true), (text.into_bytes(), true), (odd, false)] {
        let facts = wire::parse(&Bundle { documents: vec![document("x.reg", bytes)] }).expect("it is read");
        assert_eq!(facts.proxy_settings.iter().any(|setting| setting.source == Source::SystemAccount), known);
    }
}

#[test]
fn what_a_network_would_say_is_not_known() {
    let exported = |values: &str, flags: u8, server: &str| {
        let number = |number: usize| u32::try_from(number).expect("it is small").to_le_bytes();
        let mut packed = [[0x46, 0, 0, 0], [1, 0, 0, 0], [flags, 0, 0, 0], number(server.len())].concat();
        packed.extend(server.as_bytes().iter().chain(&[0; 8]));
        let hex: Vec<String> = packed.iter().map(|byte| format!("{byte:02x}")).collect();
        let hex = hex.join(",");
        let key = format!("HKEY_USERS\\S-1-5-18\\{INTERNET}");
        let text = format!(
            "Windows Registry Editor Version 5.00\r\n\r\n[{key}]\r\n{values}\r\n\r\n[{key}\\Connections]\r\n\
             \"DefaultConnectionSettings\"=hex:{hex}\r\n"
        );
        route(&settings(&[("x.reg", &text)]), Consumer::Agent, BLOB)
    };
    let alone = exported("\"ProxyEnable\"=dword:00000000", 9, "");
    assert!(alone.undecided.as_ref().is_some_and(|why| why.contains("WPAD")), "{alone:?}");
    let on = "\"ProxyEnable\"=dword:00000001\r\n\"ProxyServer\"=\"p:1\"";
    let named = exported(on, 11, "p:1");
    assert_eq!((named.via.to_string().as_str(), &named.undecided), ("http://p:1", &None));
    assert_eq!(exported(on, 3, "p:1").undecided, None);
    assert_eq!(exported("\"ProxyEnable\"=dword:00000000", 1, "").undecided, None);
}

#[test]
fn accounts_that_were_not_read_go_a_way_that_is_not_known() {
    let unread = Settings::default().without_accounts();
    for consumer in [Consumer::Agent, Consumer::Extension, Consumer::Workload] {
        assert!(route(&unread, consumer, BLOB).undecided.is_some(), "{consumer}");
        assert_eq!(route(&unread, consumer, WIRE_SERVER).undecided, None);
    }
}

#[test]
fn curl_reads_plain_http_in_lower_case_alone() {
    let header = "# variables about proxies in the environment of a process\n";
    let of = |text: &str| settings(&[("environment", &format!("{header}{text}"))]);
    let user = |text: &str, to| route(&of(text), Consumer::User, to).via.to_string();
    assert_eq!(user("HTTP_PROXY=http://p:1\n", "a.example:80"), "direct");
    assert_eq!(user("HTTPS_PROXY=http://p:1\n", "a.example:443"), "http://p:1");
    assert_eq!(user("http_proxy=\nall_proxy=p\n", "a.example:80"), "http://p:1080");
    assert_eq!(
        user("https_proxy=http://p:1\nNO_PROXY=a.example\nno_proxy=\n", "www.a.example:443"),
        "direct"
    );
    let socks = route(&of("https_proxy=socks5://p:1\n"), Consumer::User, BLOB);
    assert!(socks.undecided.is_some_and(|why| why.contains("socks5")));
    // The environment of the process is the whole truth: what a new session would read does not count.
    let both = settings(&[
        ("environment", &format!("{header}no_proxy=x\n")),
        ("/etc/environment", "https_proxy=http://p:1\n"),
    ]);
    assert_eq!(way(&both, Consumer::User, BLOB), "direct");
}

#[test]
fn credentials_are_taken_out_of_what_is_kept_and_put_back_for_probing() {
    for (name, text) in [
        ("/etc/environment", "TOKEN=hidden\nhttps_proxy=http://kim:secret@p.example:3128 # secret\n"),
        (
            "/etc/profile.d/p.sh",
            "export TOKEN=hidden https_proxy=x\nexport https_proxy=\"http://kim:secret@p.example:3128\"\n",
        ),
    ] {
        let withheld = wire::withhold(&document(name, text)).expect("it is about proxies");
        let kept = String::from_utf8(withheld.document.bytes.clone()).expect("text");
        assert!(!kept.contains("secret") && !kept.contains("kim"), "{kept}");
        let facts = wire::parse(&Bundle { documents: vec![withheld.document] }).expect("it is read");
        let user = route(&facts.proxy_settings, Consumer::User, BLOB);
        assert!(user.via.proxy().expect("a proxy").credentials.is_none());
        let restored = facts.proxy_settings.with_credentials(&withheld.proxies);
        let user = route(&restored, Consumer::User, BLOB);
        assert_eq!(
            user.via.proxy().and_then(|p| p.credentials.as_ref()).expect("them").secret(),
            "kim:secret"
        );
    }
}

#[test]
fn what_is_kept_says_the_same() {
    let unit = "[Unit]\nDescription=x\n[Service]\nExecStart=/usr/sbin/waagent -daemon --token=hidden\n\
                Environment=\"https_proxy=http://kim:a%%40b@p:1\" TOKEN=hidden 'no_proxy=a, \"b\"'\nEnvironmentFile=-/etc/default/x\n";
    let shell = "if x; then export http_proxy=http://kim:hidden@p:1; fi\nexport no_proxy=\"a b\"\nexport https_proxy=$http_proxy\n";
    let overrides =
        r#"{"UseProxyForAAD":true,"Token":"hidden","ProxyServerAddress":"http://kim:hidden@p:1"}"#;
    for (name, text) in [
        (DROP_IN, unit),
        ("/etc/waagent.conf", CONFIGURATION),
        ("/etc/profile.d/p.sh", shell),
        ("/opt/msawb/bin/ExtensionSettingsOverrides.json", overrides),
        ("/etc/environment", "export http_proxy='http://p:1'\nNO_PROXY=a, b\nhttps_proxy=\"\"\n"),
    ] {
        let read = |document: Document| {
            wire::parse(&Bundle { documents: vec![document] }).expect("it is read").proxy_settings
        };
        let whole = read(document(name, text));
        let withheld = wire::withhold(&document(name, text)).expect("it is about proxies");
        let kept = String::from_utf8_lossy(&withheld.document.bytes).into_owned();
        assert!(!kept.contains("hidden") && !kept.contains("kim"), "{kept}");
        let again = read(withheld.document).with_credentials(&withheld.proxies);
        for consumer in Consumer::ALL {
            for to in [BLOB, ENTRA, "a.example:80", "b:443"] {
                let said = |settings| Route { via: Via::Direct, ..route(settings, *consumer, to) };
                let via = |settings| route(settings, *consumer, to).via.to_string();
                assert_eq!(via(&whole), via(&again), "{name} {consumer} {to}\n{kept}");
                assert_eq!(said(&whole), said(&again), "{name} {consumer} {to}\n{kept}");
            }
        }
    }
}

#[test]
fn two_variables_get_back_what_was_their_own() {
    for (name, export) in [("/etc/environment", ""), ("/etc/profile.d/p.sh", "export ")] {
        let text = format!(
            "{export}http_proxy=http://kim:one@p.example:3128\n{export}https_proxy=http://lee:two@p.example:3128\n"
        );
        let withheld = wire::withhold(&document(name, text)).expect("it is about proxies");
        let facts = wire::parse(&Bundle { documents: vec![withheld.document] }).expect("it is read");
        let restored = facts.proxy_settings.with_credentials(&withheld.proxies);
        for (to, secret) in [("a.example:80", "kim:one"), (BLOB, "lee:two")] {
            let user = route(&restored, Consumer::User, to);
            let own = user.via.proxy().and_then(|proxy| proxy.credentials.as_ref()).expect("them").secret();
            assert_eq!(own, secret, "{name} {to}");
        }
    }
}

#[test]
fn of_a_line_that_is_not_read_the_names_alone_are_kept() {
    let text = "if curl -H 'X-Key: hidden' x; then export https_proxy=$(cat /hidden); fi\n\
                http_proxy=http://kim:$PASSWORD_hidden@p:1\nunset no_proxy # hidden\nunset all_proxy;\n";
    let withheld = wire::withhold(&document("/etc/profile.d/p.sh", text)).expect("it is about proxies");
    let kept = String::from_utf8_lossy(&withheld.document.bytes).into_owned();
    let expected = "(https_proxy: not read here)\nhttp_proxy=\"$not_read_here\"\n(no_proxy: not read here)\nunset all_proxy\n";
    assert_eq!(kept, expected);
    assert!(withheld.proxies.is_empty());
}

#[test]
fn hostile_documents_are_survived() {
    let names: [Arc<str>; 4] =
        ["/etc/environment".into(), "x.reg".into(), DROP_IN.into(), "/etc/profile.d/p.sh".into()];
    let long = "x".repeat(1 << 20);
    let texts = [
        format!("https_proxy=http://{long}:1\nno_proxy={long},{}", ",".repeat(100_000)),
        format!("[Service]\nEnvironment={}", "https_proxy=\\\n".repeat(10_000)),
        "https_proxy=http://a:1\0\nno_proxy=\u{1b}[31m`\u{202e}\n".to_owned(),
        format!("HttpProxy.Host={long}\nHttpProxy.Port=99999999999999999999\n"),
        format!("https_proxy={}", "\"'".repeat(50_000)),
        "https_proxy=http://[::1:1\nhttp_proxy=http://@:@\nall_proxy=://\n".to_owned(),
    ];
    for name in &names {
        for bytes in
            texts.iter().map(|text| text.clone().into_bytes()).chain([vec![0xff; 4096], vec![0; 4096]])
        {
            let document = Document { name: name.clone(), bytes, named_by_user: false };
            let _ = wire::withhold(&document);
            let facts =
                wire::parse(&Bundle { documents: vec![document] }).expect("it is read or passed over");
            for consumer in Consumer::ALL {
                let route = route(&facts.proxy_settings, *consumer, BLOB);
                let said = route.notes.iter().chain(&route.undecided).chain(&route.configured_by);
                for text in said {
                    assert!(!text.chars().any(char::is_control) && text.len() < 1000, "{text:.200}");
                }
            }
        }
    }
}
