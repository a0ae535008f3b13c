//! Whatever form a secret is written in, under whatever name: it goes, and what stands around it stays.

use std::fmt::Write as _;

use azpreflight::input::Document;
use azpreflight::wire::redact;

/// What every part of a secret is, between letters that end it in some form or other.
const PART: &str = "SeQrEt";

/// Names of secrets, as people write them.
const NAMES: &[&str] = &[
    "password",
    "Password",
    "adminPassword",
    "db_password",
    "DB_PASSWORD",
    "proxy.password",
    "root-password",
    "passwd",
    "passphrase",
    "userPwd",
    "client_secret",
    "clientSecret",
    "client-secret-value",
    "secretValue",
    "SECRET_KEY",
    "secrets",
    "access_token",
    "refreshToken",
    "sas-token",
    "tokenValue",
    "x-functions-key",
    "Ocp-Apim-Subscription-Key",
    "api_key",
    "ApiKey",
    "accountKey",
    "storage_account_key",
    "SharedAccessKey",
    "primaryKey",
    "encryption-key",
    "credential",
    "protectedSettings",
    "dbpass",
    "SSHPASS",
    "wpa-psk",
    "workspaceKey",
    "identity_header",
    "AuthorizationToken",
];

/// Headers that hold secrets.
const HEADERS: &[&str] =
    &["Authorization", "Proxy-Authorization", "x-ms-authorization-auxiliary", "Cookie", "Set-Cookie"];

/// Entries of logs, and other lines, that hold no secret.
const LINES: &[&str] = &[
    "2026-11-21T08:00:01.223041Z INFO ExtHandler ExtHandler Agent WALinuxAgent-2.9.1.1 is running as the goal state agent",
    "2026-11-21 08:00:02.10 [Microsoft.Azure.RecoveryServices.VMSnapshotLinux-1.0.9235.0] ExtErrorCode=76, status: error",
    "[00000006] [2026-11-21 08:00:03.123] [INFO] HostGAPlugin is at 168.63.129.16:32526, version 1.0.8.133",
    "Nov 21 08:00:04 app01 systemd[1]: walinuxagent.service: Main process exited, code=exited, status=1/FAILURE",
    "11/21/2026 08:00:05 AM Enable,error,558,host1.blob.core.windows.net did not answer,False",
];

/// Letters that are chosen, the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % count
    }

    fn of<'t>(&mut self, list: &[&'t str]) -> &'t str {
        list[self.below(list.len())]
    }

    /// A secret with some of these letters in it.
    fn secret(&mut self, letters: &str) -> String {
        let letters: Vec<char> = letters.chars().collect();
        let mut secret = PART.to_owned();
        for _ in 0..self.below(4) {
            if !letters.is_empty() {
                secret.push(letters[self.below(letters.len())]);
            }
            secret += PART;
        }
        secret
    }
}

/// What a form is given: a name, and a secret with the letters that it can hold.
type Write = fn(&str, &str) -> String;

/// Letters that passwords hold.
const ANY: &str = " !#$%&()*+,-./:;<=>?@[]^_`{|}~'\"\\é";
/// Those of them that a value without quotation marks can hold, with more values on its line.
const BARE: &str = "!#$*+./?^_~-|'";
/// Those that the rest of a line can hold.
const LINE: &str = " !#$%&()*+,-./:;=?@[]^_{|}~'\"é";

fn json(name: &str, secret: &str) -> String {
    serde_json::json!({ "a": 1, name: secret, "status": "ok" }).to_string()
}

fn inside(text: &str) -> String {
    serde_json::json!({ "text": text, "status": "ok" }).to_string()
}

fn xml(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&apos;")
}

fn percent(text: &str) -> String {
    let mut written = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            written.push(char::from(byte));
        } else {
            write!(written, "%{byte:02X}").unwrap();
        }
    }
    written
}

fn python(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// Forms, with the letters that each can hold.
const FORMS: &[(&str, &str, Write)] = &[
    ("json", ANY, json),
    ("json, pretty", ANY, |n, s| {
        format!("{:#}", serde_json::json!({ "a": 1, n: s, "list": [{ n: [s, { "x": s }] }], "status": "ok" }))
    }),
    ("json of numbers", "", |n, _| serde_json::json!({ n: 12_345_678, "status": "ok" }).to_string()),
    ("json in json", ANY, |n, s| inside(&json(n, s))),
    ("json in json in json", ANY, |n, s| inside(&inside(&json(n, s)))),
    ("json in json in json in json", ANY, |n, s| inside(&inside(&inside(&json(n, s))))),
    ("json in a line", ANY, |n, s| format!("INFO got {} from host1", json(n, s))),
    ("json in json in a line", ANY, |n, s| format!("INFO got {} from host1", inside(&json(n, s)))),
    ("json in json in json in a line", ANY, |n, s| {
        format!("INFO got {} from host1", inside(&inside(&json(n, s))))
    }),
    ("json of name and value", ANY, |n, s| {
        serde_json::json!([{ "name": n, "value": s }, "status"]).to_string()
    }),
    ("json of value and name", ANY, |n, s| {
        serde_json::json!([{ "value": s, "name": n }, "status"]).to_string()
    }),
    ("json of arguments", ANY, |n, s| serde_json::json!(["tool", format!("--{n}"), s, "status"]).to_string()),
    ("python", ANY, |n, s| format!("{{'a': 1, '{n}': {}, 'status': 'ok'}}", python(s))),
    ("python 2", ANY, |n, s| format!("{{u'a': 1, u'{n}': u{}, u'status': 'ok'}}", python(s))),
    ("python, bytes", ANY, |n, s| format!("{{b'{n}': b{}, 'status': 'ok'}}", python(s))),
    ("python, call", ANY, |n, s| format!("connect({n}={}, status='ok')", python(s))),
    ("python, pair", ANY, |n, s| format!("[('{n}', {}), ('status', 'ok')]", python(s))),
    ("yaml", " !$%()*+,./;=?@^_|~é", |n, s| format!("top:\n  {n}: {s}\n  status: ok")),
    ("yaml, quoted", ANY, |n, s| format!("top:\n  {n}: '{}'\n  status: ok", s.replace('\'', "''"))),
    ("yaml, text", ANY, |n, s| format!("top:\n  {n}: |\n    {s}\n    {s}\n  status: ok")),
    ("yaml, folded", ANY, |n, s| format!("top:\n- {n}: >-2\n\n    {s}\n\n    {s}\n  status: ok")),
    ("yaml, list", ANY, |n, s| format!("{n}:\n- {s}\n- '{s}'\nstatus: ok")),
    ("yaml, deeper", ANY, |n, s| format!("top:\n  \"{n}\": # why\n    a: {s}\n    \"b\": {s}\n  status: ok")),
    ("yaml, words", " !$%()*+,./;?@^_|~", |n, s| format!("{n}: {s}\n  {s}\nstatus: ok")),
    ("ini", LINE, |n, s| format!("[x]\n{n}={s}\nstatus=ok")),
    ("ini, spaced", LINE, |n, s| format!("[x]\n  {n} = {s}\nstatus = ok")),
    ("ini, continued", LINE, |n, s| format!("[x]\n{n} =\n    {s}\n    {s}\nstatus = ok")),
    ("ini, comment", LINE, |n, s| format!("# {n} = {s}\nstatus = ok")),
    ("ini, doubled", ANY, |n, s| format!("{n} = '{}'\nstatus = ok", s.replace('\'', "''"))),
    ("shell", ANY, |n, s| {
        format!("export {n}='{}' ; status=ok", s.replace('\'', r"'\''")).replace(" ; ", "\n")
    }),
    ("shell, another way", ANY, |n, s| format!("x {n}='{}' status=ok", s.replace('\'', "'\"'\"'"))),
    ("shell, lines", "!#%&()*+,-./:;<=>?@[]^_{|}~'\n", |n, s| format!("{n}=\"a\n{s}\"\nstatus=ok")),
    ("shell, bare", BARE, |n, s| format!("x {n}={s}\nstatus=ok")),
    ("option", ANY, |n, s| format!("tool --{n} '{}' --status ok", s.replace('\'', r"'\''"))),
    ("option with a sign", ANY, |n, s| {
        format!("tool --{n}=\"{}\" --status ok", s.replace('\\', r"\\").replace('"', "\\\""))
    }),
    ("powershell", ANY, |n, s| format!("$x = 1\n$env:{n} = '{}'\n$status = 'ok'", s.replace('\'', "''"))),
    ("powershell, option", ANY, |n, s| format!("Set-X -{n} '{}' -Status ok", s.replace('\'', "''"))),
    ("powershell, here", "!#%&()*+,-./:;<=>?@[]^_{|}~'", |n, s| {
        format!("x; ${n} = @\"\n{s}\n\"@\n$status = 'ok'")
    }),
    ("xml", ANY, |n, s| format!("<a><{n}>{}</{n}><status>ok</status></a>", xml(s))),
    ("xml with attributes", ANY, |n, s| {
        format!("<a><x:{n} b=\"c\">{}</x:{n}><status>ok</status></a>", xml(s))
    }),
    ("xml, nested", ANY, |n, s| {
        format!("<a><{n}>\n <Value>{}</Value><b/>{}</{n}><status>ok</status></a>", xml(s), xml(s))
    }),
    ("xml, data", "<>&\"' ", |n, s| format!("<a><{n}><![CDATA[{s}]]></{n}><status>ok</status></a>")),
    ("xml, pair", ANY, |n, s| format!("<a><add key=\"{n}\" value=\"{}\"/><status>ok</status></a>", xml(s))),
    ("xml, far pair", ANY, |n, s| {
        format!("<a><add key=\"{n}\" type=\"t\" value=\"{}\"/><status>ok</status></a>", xml(s))
    }),
    ("xml, reversed", ANY, |n, s| {
        format!("<a><add value=\"{}\" key=\"{n}\"/><status>ok</status></a>", xml(s))
    }),
    ("xml, setting", ANY, |n, s| {
        format!(
            "<a><setting name=\"{n}\" b=\"c\">\n<value>{}</value></setting><status>ok</status></a>",
            xml(s)
        )
    }),
    ("xml, list", ANY, |n, s| {
        format!("<dict><key>{n}</key>\n<string>{}</string><key>status</key></dict>", xml(s))
    }),
    ("xml in xml", ANY, |n, s| xml(&format!("<a><{n}>{}</{n}><status>ok</status></a>", xml(s)))),
    ("xml in json", ANY, |n, s| inside(&format!("<a><{n}>{}</{n}><status>ok</status></a>", xml(s)))),
    ("json in xml", ANY, |n, s| format!("<a>{}</a>", xml(&json(n, s)))),
    ("query", ANY, |n, s| format!("GET https://h/x?a=1&{n}={}&status=ok HTTP/1.1", percent(s))),
    ("query in a query", ANY, |n, s| {
        format!("GET /x?u={}&status=ok", percent(&format!("https://h/x?a=1&{n}={}&b=2", percent(s))))
    }),
    ("query thrice", ANY, |n, s| {
        format!("GET /x?u={}&status=ok", percent(&percent(&format!("/x?a=1&{n}={}&b=2", percent(s)))))
    }),
    ("json in a query", ANY, |n, s| format!("GET /x?u={}&status=ok", percent(&json(n, s)))),
    ("json in a query in a query", ANY, |n, s| {
        format!("GET /x?u={}&status=ok", percent(&percent(&format!("u={}&x", percent(&json(n, s))))))
    }),
    ("json of value and name in a line", ANY, |n, s| {
        format!("INFO {} status", serde_json::json!([{ "value": s, "name": n }]))
    }),
    ("query in json", ANY, |n, s| {
        inside(&format!("/x?a=1&{n}={}&status=ok", percent(s)))
            .replace('&', r"\u0026")
            .replace('=', r"\u003d")
    }),
    ("query in json in json", ANY, |n, s| {
        let own = inside(&format!("/x?a=1&{n}={}&status=ok", percent(s)));
        inside(&own.replace('&', r"\u0026").replace('=', r"\u003d"))
    }),
    ("query in xml", ANY, |n, s| format!("<a>{}</a>", xml(&format!("/x?a=1&{n}={}&status=ok", percent(s))))),
    ("connection", "!#$*+./?^_~-|", |n, s| format!("Server=h;{n}={s};status=ok;Initial Catalog=x")),
    ("registry", "!#%&()*+,-./:;<=>?@[]^_{|}~' ", |n, s| {
        format!("[HKEY_X]\r\n\"{n}\"=\"{s}\"\r\n\"status\"=\"ok\"")
    }),
    ("registry, asked", LINE, |n, s| format!("    {n}    REG_SZ    {s}\r\n    status    REG_SZ    ok")),
    ("in brackets", BARE, |n, s| format!("refused ({n}={s})\nstatus ok")),
    ("netrc", BARE, |n, s| format!("machine h login kim {n} {s}\nstatus ok")),
    ("container", BARE, |n, s| format!("ENV {n} {s}\nLABEL status=ok")),
];

/// The same for headers, and for what stands under no name.
const OTHERS: &[(&str, &str, Write)] = &[
    ("header", " !#$%&()*+,-./:;=?@[]^_{|}~'\"", |_, s| format!("> Authorization: {s}\r\nstatus: ok")),
    ("header in a line", " !#$%&()*+,-./:;=?@[]^_{|}~", |h, s| {
        format!("curl -H '{h}: {s}' https://h/ status")
    }),
    ("digest in a line", "+/=", |h, s| {
        format!("curl -H '{h}: Digest u=\"kim\", response=\"{s}\"' https://h/ status")
    }),
    ("header in json", " !#$%&()*+,-./:;=?@[]^_{|}~", |h, s| {
        serde_json::json!({ "h": [h, s], "status": "ok" }).to_string()
    }),
    ("headers of python", ANY, |h, s| format!("{{'{h}': {}, 'status': 'ok'}}", python(s))),
    ("headers in json", "+/=", |h, s| inside(&format!("{h}: Bearer {s}\r\nstatus: ok"))),
    ("header, folded", "+/= ", |h, s| format!("{h}: Basic\r\n {s}\r\nstatus: ok")),
    ("address", "!$*+.:;=_~-@/", |_, s| format!("PUT https://kim:{s}@host1:443/status")),
    ("address in json", "!$*+.:;=_~-@/", |_, s| {
        inside(&format!("PUT https://kim:{s}@host1:443/status")).replace('/', r"\/")
    }),
    ("address, encoded", ANY, |_, s| {
        format!("u={} status", percent(&format!("http://kim:{}@host1/", percent(s))))
    }),
    ("list of lines", "+/", |_, s| {
        serde_json::json!(["-----BEGIN PRIVATE KEY-----", s, s, "-----END PRIVATE KEY-----", "status"])
            .to_string()
    }),
    ("key", "+/\n", |_, s| {
        format!("-----BEGIN RSA PRIVATE KEY-----\n{s}\n-----END RSA PRIVATE KEY-----\nstatus")
    }),
    ("key of PGP", "+/\n", |_, s| {
        format!(
            "-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: 1\n\n{s}\n-----END PGP PRIVATE KEY BLOCK-----\nstatus"
        )
    }),
    ("key in json", "+/\n", |_, s| {
        inside(&format!("x\n-----BEGIN PRIVATE KEY-----\n{s}\n-----END PRIVATE KEY-----\nstatus"))
    }),
    ("key in json in a line", "+/\n", |_, s| {
        format!(
            "INFO {}",
            inside(&inside(&format!("-----BEGIN PRIVATE KEY-----\n{s}\n-----END PRIVATE KEY-----\nstatus")))
        )
    }),
    ("token", "", |_, s| format!("jwt_eyJhbGciOiJSUzI1NiIsIng.eyJ{s}{s}.{s}{s} status")),
    ("token behind a letter", "", |_, s| format!("x-eyJhbGciOiJSUzI1NiIsIng.eyJ{s}{s}.{s}{s} status")),
    ("sshpass", "!#$*+.?^_~-", |_, s| format!("sshpass -p '{s}' ssh status")),
    ("sshpass, bare", "!#$*+.?^_~-", |_, s| format!("sshpass -p{s} ssh status")),
    ("net use", "!#$*+.?^_~-", |_, s| format!("net use x: \\\\h\\s /user:kim {s}\nstatus")),
    ("net user", "!#$*+.?^_~-", |_, s| format!("net.exe user kim {s} /add\nstatus")),
    ("secure string", "!#$*+.?^_~-", |_, s| format!("ConvertTo-SecureString \"{s}\" -AsPlainText # status")),
    ("samba", "!#$*+.?^_~-", |_, s| format!("smbclient //h/s -U kim%{s}\nstatus")),
];

fn redacted(text: &str) -> String {
    let document = Document { name: "d".into(), bytes: text.as_bytes().to_vec(), named_by_user: false };
    String::from_utf8(redact(document).bytes).unwrap()
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde_json::Value>(text).is_ok()
}

/// Plants secrets in these forms among other lines. Tells of each form the first that was not redacted as it should be.
fn plant(forms: &[(&str, &str, Write)], names: &[&str]) {
    let mut chance = Chance(1);
    let mut wrong = Vec::new();
    for (form, letters, write) in forms {
        let rounds: Vec<usize> = (0..40).collect();
        wrong.extend(rounds.into_iter().find_map(|round| {
            let name = chance.of(names);
            let own = write(name, &chance.secret(letters));
            let around = (round % 2 == 1).then(|| (chance.of(LINES), chance.of(LINES)));
            let text = around.map_or(own.clone(), |(before, after)| format!("{before}\n{own}\n{after}\n"));
            let kept = redacted(&text);
            fault(&text, &kept, around).map(|fault| format!("{form}: {fault}\n{text}\n-> \n{kept}\n"))
        }));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is wrong with what is left of a text.
fn fault(text: &str, kept: &str, around: Option<(&str, &str)>) -> Option<&'static str> {
    let stays = |(before, after): (&str, &str)| {
        kept.starts_with(&format!("{before}\n")) && kept.ends_with(&format!("\n{after}\n"))
    };
    if kept.contains(PART) || kept.contains("12345678") {
        Some("a secret is left")
    } else if !(kept.contains("status") || kept.contains("Status")) || !around.is_none_or(stays) {
        Some("more than the secret is gone")
    } else if redacted(kept) != kept {
        Some("another time it is another text")
    } else {
        (is_json(text) && !is_json(kept)).then_some("it is no JSON any more")
    }
}

#[test]
fn secrets_go_in_every_form_under_every_name() {
    plant(FORMS, NAMES);
}

#[test]
fn secrets_go_in_headers_addresses_keys_and_commands() {
    plant(OTHERS, HEADERS);
}

#[test]
fn lines_without_secrets_stay() {
    for line in LINES {
        assert_eq!(redacted(line), *line);
    }
}

#[test]
fn what_was_cut_off_goes_no_further_than_its_entry() {
    for beginning in ["<Password>SeQrEt", "-----BEGIN PRIVATE KEY-----\nMIISeQrEt"] {
        for line in LINES.iter().filter(|line| line.starts_with("2026")) {
            let text = format!("{line}\n{beginning}\n{line}\n<Password>SeQrEt</Password>\n{line}\n");
            let kept = redacted(&text);
            assert!(!kept.contains(PART), "{kept}");
            assert_eq!(kept.matches(line).count(), 3, "{text}\n-> \n{kept}");
        }
    }
}

#[test]
fn zeros_hide_no_secret_and_no_text() {
    let text = "# a line\npassword=SeQrEt\nvalue=1\n";
    let spread: String = text.chars().flat_map(|letter| [letter, '\0', '\0', '\0']).collect();
    for zeros in [format!("{text}\0"), text.replace('\n', "\n\0\0\0"), spread] {
        let kept = redacted(&zeros).replace('\0', "");
        assert_eq!(kept, "# a line\npassword=withheld\nvalue=1\n");
    }
    // What is no text at all is not kept.
    assert_eq!(redacted("\u{7f}ELF\0\u{1}\u{2}password=SeQrEt"), "");
}

#[test]
fn nothing_of_a_line_is_kept_behind_the_proxy() {
    let text = "export http_proxy=http://kim:SeQrEt@proxy:3128; export X=SeQrEt\nno_proxy=a, 168.63.129.16\n";
    let document = Document { name: "/etc/environment".into(), bytes: text.into(), named_by_user: false };
    let kept = azpreflight::wire::withhold(&document).unwrap().document;
    let kept = String::from_utf8(kept.bytes).unwrap();
    assert!(!kept.contains(PART), "{kept}");
    assert!(kept.contains("proxy:3128 withheld") && kept.contains("a, 168.63.129.16"), "{kept}");
}
