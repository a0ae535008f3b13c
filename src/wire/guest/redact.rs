//! Secrets that stand in texts of any kind: taken out before a document is kept.
//!
//! What is secret is known by what stands before it (`password=`, `Authorization:`, `sig=`, `://kim:`), in whatever quotation
//! or encoding the text is written, or by what it looks like (tokens, private keys, keys of storage accounts). Where it
//! cannot be told where a secret ends, more goes rather than less. Documents of JSON, XML and the registry can still be read
//! afterwards, and what was redacted once stays as it is.

mod address;
mod block;
mod command;
mod element;
mod ends;
mod escape;
mod json;
mod key;
mod name;
mod packed;
mod record;
mod scan;
mod shape;
mod value;
mod work;

use std::borrow::Cow;

use super::{Text, addressing, identity, security};
use crate::input::Document;

/// Documents of which only a part is kept: which, and what of them.
const REDUCED: &[Reduction] = &[
    (addressing::may_hold_secrets, addressing::without_secrets),
    (identity::is_instance_data, identity::kept),
    (security::is_log, security::kept),
];

/// A kind of document, and what is kept of it.
type Reduction = (fn(&Text<'_>) -> bool, fn(&Text<'_>) -> String);

/// What stands in place of a secret.
const WITHHELD: &str = "withheld";
/// How many times a text is looked through again at most.
const MOST_TIMES: usize = 4;
/// What stands in place of credentials in an address: `guest::Named` knows that there were some.
const CREDENTIALS: &str = "credentials-withheld";

/// The document without the secrets that stand in it. What is no text has nothing that could be looked through, and is
/// emptied.
#[must_use]
pub fn redact(document: Document) -> Document {
    let Some(text) = super::text_of(&document.bytes) else {
        return Document { bytes: Vec::new(), ..document };
    };
    let text = Text { name: &document.name, text: &text };
    let reduction = REDUCED.iter().find(|(knows, _)| knows(&text));
    let kept = reduction.map_or_else(|| Cow::Borrowed(text.text), |(_, kept)| Cow::Owned(kept(&text)));
    let kept = without_secrets(&kept);
    let is_free = || {
        let own = text.text.as_bytes() == document.bytes;
        own || scan::secrets(&String::from_utf8_lossy(&document.bytes)).is_empty()
    };
    if *kept == *text.text && is_free() {
        // As it is, its encoding with it: that alone tells something of some files.
        return document;
    }
    let bytes = kept.into_owned().into_bytes();
    Document { bytes, ..document }
}

/// The text without the secrets that stand in it.
pub(in crate::wire) fn without_secrets(text: &str) -> Cow<'_, str> {
    let Cow::Owned(kept) = once(text) else { return Cow::Borrowed(text) };
    let mut kept = Cow::Owned(kept);
    // What is left may read otherwise than before: at most some times.
    for _ in 0..MOST_TIMES {
        match once(&kept) {
            Cow::Owned(again) if again != *kept => kept = Cow::Owned(again),
            _ => break,
        }
    }
    kept
}

/// The same, looked through once.
fn once(text: &str) -> Cow<'_, str> {
    let kept = cut(text);
    if !json::is_likely(text) {
        return kept;
    }
    if json::is_sound(&kept) {
        return json::redacted(&kept).map_or(kept, Cow::Owned);
    }
    if !json::is_sound(text) {
        return kept;
    }
    // A text such as `"password:"`, whose end looks like the beginning of a value: text by text none does.
    json::redacted(text).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// The text with everything cut out of it that a look at its letters finds.
fn cut(text: &str) -> Cow<'_, str> {
    let cuts = scan::secrets(text);
    if cuts.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    let mut from = 0;
    for cut in cuts {
        kept.push_str(text.get(from..cut.at.start).unwrap_or_default());
        kept.push_str(&cut.by);
        from = cut.at.end;
    }
    kept.push_str(text.get(from..).unwrap_or_default());
    Cow::Owned(kept)
}

/// Whether a text is what was put in the place of a secret before.
fn is_withheld(text: &str) -> bool {
    text == WITHHELD || text.starts_with(CREDENTIALS)
}

/// Whether a value is no secret, whatever its name: a switch, nothing, what another program put in its place.
fn is_benign(value: &str) -> bool {
    const PLAIN: [&str; 20] = [
        "true",
        "false",
        "yes",
        "no",
        "on",
        "off",
        "y",
        "n",
        "0",
        "1",
        "none",
        "null",
        "nil",
        "enabled",
        "disabled",
        "[]",
        "{}",
        "redacted",
        "[redacted]",
        "<redacted>",
    ];
    let value = value.trim();
    value.is_empty()
        || is_withheld(value)
        || PLAIN.iter().any(|plain| value.eq_ignore_ascii_case(plain))
        || value.bytes().all(|byte| byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts that hold a secret, and what no part of is left.
    const FOUND_BY_NAME: &[(&str, &str)] = &[
        ("client_secret: \"a \\\" SECRET\"", "SECRET"),
        ("access-token=SECRET", "SECRET"),
        (r#"{"password": 1234567, "b": 2}"#, "1234567"),
        (r#"{"adminPassword":"SECRET"}"#, "SECRET"),
        (r#"{"text":"{\"password\":\"a SECRET b\"}"}"#, "SECRET"),
        (r#"{"text":"{\\\"password\\\":\\\"a SECRET b\\\"}"}"#, "SECRET"),
        (r#"{"text":"{\"password\":1234567}"}"#, "1234567"),
        (r#"{"protectedSettings": {"a": "SECRET", "b": ["}"]}, "c": 1}"#, "SECRET"),
        ("{\n \"protectedSettings\":\n  {\"a\": \"SECRET\"}\n}", "SECRET"),
        (r#"{"protectedSettings":"MIISECRET"}"#, "SECRET"),
        ("&quot;protectedSettings&quot;:&quot;MIISECRET&quot;", "SECRET"),
        (r#"{"name":"CLIENT_SECRET","value":"x-y-z"}"#, "x-y-z"),
        (r#"<add key="password" value="SECRET"/>"#, "SECRET"),
        ("<UserPassword>SECRET</UserPassword>", "SECRET"),
        ("<wa:UserPassword a=\"b\">SECRET</wa:UserPassword>", "SECRET"),
        ("<Password><![CDATA[SEC<RET]]></Password>", "RET"),
        ("&lt;Password&gt;SECRET&lt;/Password&gt;", "SECRET"),
        ("    Password    REG_SZ    a SECRET", "SECRET"),
        ("\"Password\"=\"SECRET\"", "SECRET"),
        ("\"Password\"=hex(2):53,00,45,\\\r\n  00,43\r\n\"x\"=\"y\"", "00,43"),
        ("\"WinHttp\"=hex:05,00,00,00,6b,69,6d,3a,53,45,43,52,45,54,40,70,3a,31,00", "53,45,43"),
        (
            "\"Url\"=hex(2):68,00,74,00,74,00,70,00,3a,00,2f,00,2f,00,6b,00,3a,00,53,00,45,00,\\\r\n  43,00,40,00,70,00,00,00",
            "53,00,45",
        ),
        ("tool --password SECRET --x", "SECRET"),
        ("tool --password=SECRET --x", "SECRET"),
        (r#"["tool","--password","SECRET"]"#, "SECRET"),
        ("curl -u kim:SECRET http://x", "SECRET"),
        ("curl --proxy-user 'kim:SECRET' http://x", "SECRET"),
        ("machine x login kim password SECRET", "SECRET"),
        ("root:$6$abcdefgh$SECRETSECRETSECRETSECRET:19000:", "SECRET"),
        ("key abc8Q~SECRETSECRETSECRETSECRETSECRETSE end", "SECRET"),
        ("-----BEGIN RSA PRIVATE KEY-----\nSECRET\n-----END RSA PRIVATE KEY-----\nrest", "SECRET"),
        ("-----BEGIN PRIVATE KEY-----\nSECRET\ncut", "SECRET"),
        (r#"{"k":"-----BEGIN PRIVATE KEY-----\nSECRET","b":1}"#, "SECRET"),
        ("\"password\" : \n \"SECRET\"", "SECRET"),
        ("iface wlan0 inet dhcp\n    wpa-psk SECRET\n", "SECRET"),
        ("[wifi-security]\npsk=a SECRET\nwep-key0=SECRET\n", "SECRET"),
        ("password: >-\n  SECRET", "SECRET"),
        ("password: |\n  SECRET", "SECRET"),
        ("passwords:\n  - SECRET", "SECRET"),
        ("{'password': u'SECRET'}", "SECRET"),
        ("b'password': b'SECRET'", "SECRET"),
        ("x password=it's SECRET", "SECRET"),
        ("Password = 'it''s SECRET'", "SECRET"),
        (r#"["-----BEGIN PRIVATE KEY-----","MIISECRET","SECRET","-----END PRIVATE KEY-----"]"#, "SECRET"),
        ("-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nSECRET\n-----END PGP PRIVATE KEY BLOCK-----", "SECRET"),
        ("SECRET\nSECRET=\n-----END RSA PRIVATE KEY-----\n", "SECRET"),
        (
            "x\nSECRETSECRETSECRETSECRETSECRETSECRETSECRETSECRETSECRETSECRETSECR\nSECRET\n-----END PRIVATE KEY-----",
            "SECRET",
        ),
        ("<AdministratorPassword><Value>SECRET</Value></AdministratorPassword>", "SECRET"),
        ("<ProtectedSettings><a>SECRET</a></ProtectedSettings>", "SECRET"),
        ("SECRET_KEY=SECRET1", "SECRET1"),
        ("secretValue=SECRET", "SECRET"),
        ("tokenValue: SECRET", "SECRET"),
        ("client-secret-value: SECRET", "SECRET"),
        ("x-functions-key: SECRET", "SECRET"),
        ("Ocp-Apim-Subscription-Key: SECRET", "SECRET"),
        ("credential=SECRET", "SECRET"),
        ("password=\"one\nSECRET\"", "SECRET"),
        ("(password=a|SECRET)", "SECRET"),
        (r"x sig\\u003dSECRET", "SECRET"),
        ("sshpass -p SECRET ssh h", "SECRET"),
        (r"net use \\h\s /user:kim SECRET", "SECRET"),
        (r"C:\secrets\token: SECRET", "SECRET"),
        ("password=abc\\\nSECRET", "SECRET"),
        ("<a value=\"SECRET\" key=\"password\"/>", "SECRET"),
    ];

    /// The same: mostly addresses, signatures and headers.
    const FOUND_IN_ADDRESSES: &[(&str, &str)] = &[
        ("PUT https://kim:Zq7SECRET@host:443/x", "SECRET"),
        ("PUT https://kim:Zq7/SECRET@host:443/x", "SECRET"),
        ("PUT https://kim:Zq7@SECRET@host:443/x", "SECRET"),
        ("http://kim:p@ss/SECRET@proxy:3128/x", "SECRET"),
        ("http://kim:12/SECRET@proxy:3128/x", "SECRET"),
        ("http://kim:my SECRET@proxy:3128/x", "SECRET"),
        ("http:\\/\\/kim:SECRET@proxy:3128\\/x", "SECRET"),
        ("u=http%3A%2F%2Fkim%3ASECRET%40proxy%3A3128", "SECRET"),
        ("http=http://kim:SECRET@p:1;https=http://kim:SECRET@p:2", "SECRET"),
        ("cut off http://kim:SECRET", "SECRET"),
        ("use kim:SECRET@proxy:3128 for", "SECRET"),
        ("use kim:p@SECRET@proxy:3128 for", "SECRET"),
        ("x?sv=1&sig=SECRET%2Fb&se=2", "SECRET"),
        ("x?sv=1&amp;sig=SECRET%2Fb&amp;se=2", "SECRET"),
        ("x?sig=SECRET", "SECRET"),
        ("u=%3Fsv%3D1%26sig%3DSECRET%26se%3D2", "SECRET"),
        ("u=%253Fsv%253D1%2526sig%253DSECRET%2526se", "SECRET"),
        (r#""u":"x?sv=1\u0026sig=SECRET\u0026se=2""#, "SECRET"),
        ("SharedAccessSignature=sv=1&sig=SECRET;x", "SECRET"),
        ("AccountName=a;AccountKey=SECRET/a+b==;EndpointSuffix=x", "SECRET"),
        ("Endpoint=sb://x/;SharedAccessKeyName=n;SharedAccessKey=SECRET=", "SECRET"),
        ("Authorization: Bearer SECRET", "SECRET"),
        ("Proxy-Authorization: Basic SECRET", "SECRET"),
        ("{'Authorization': 'Custom SECRET', 'x': 1}", "SECRET"),
        (r#"{"headers":"Authorization: x SECRET\r\nHost: y"}"#, "SECRET"),
        ("Cookie: a=b; session=SECRET", "SECRET"),
        ("Set-Cookie: a=SECRET; Path=/", "SECRET"),
        ("sent Bearer 9SECRETSECRETSECRET to", "SECRET"),
        ("curl -H 'Authorization: SharedKey acc:SECRET='", "SECRET"),
        ("SharedKey acc:SECRET=", "SECRET"),
        ("password=SECRET", "SECRET"),
        ("db_password = my SECRET phrase", "SECRET"),
        ("db_password = my \"SECRET phrase", "SECRET"),
        ("x Password: SECRET ok", "SECRET"),
        ("passwd=SECRET", "SECRET"),
        ("DB_PWD='a SECRET b'", "SECRET"),
    ];

    fn goes(text: &str, secret: &str) {
        let kept = without_secrets(text);
        assert!(!kept.contains(secret), "{text}\n{kept}");
        assert!(kept.contains(WITHHELD) || kept.contains("78,"), "{text}\n{kept}");
        assert_eq!(without_secrets(&kept), kept, "twice: {text}");
        let is_json = |text: &str| serde_json::from_str::<serde_json::Value>(text).is_ok();
        assert!(!is_json(text) || is_json(&kept), "{text}\n{kept}");
    }

    #[test]
    fn secrets_go() {
        for (text, secret) in FOUND_IN_ADDRESSES.iter().chain(FOUND_BY_NAME) {
            goes(text, secret);
        }
    }

    #[test]
    fn secrets_that_look_so_go() {
        let key = format!("{}==", "Ab1+/".repeat(18).get(..86).unwrap());
        let jwt = "eyJhbGciOiJSUzI1NiIsIng.eyJhdWQiOiJodHRwczov.L1N1cGVyU2VjcmV0";
        for (text, secret) in [
            (&format!("x {key} y"), &key[..20]),
            (&format!("{{\"k\":\"{key}\"}}"), &key[..20]),
            (&format!("token {jwt} y"), "eyJhdWQ"),
            (&format!("\\n{jwt}"), "eyJhdWQ"),
            (&format!("jwt_{jwt} x-{jwt}"), "eyJhdWQ"),
            (&format!("x{jwt} y"), "eyJhdWQ"),
            (&"ghp_SECRETSECRETSECRETSECRET".to_owned(), "SECRET"),
        ] {
            goes(text, secret);
        }
    }

    #[test]
    fn what_is_left_is_of_use() {
        for (text, kept) in [
            (
                "PUT https://kim:p@ss@host:443/x?sv=1&sig=a%2Fb&se=2 done",
                "PUT https://credentials-withheld@host:443/x?sv=1&sig=withheld&se=2 done",
            ),
            (
                "http=http://a:b@p:1;https=http://a:b@p:2",
                "http=http://credentials-withheld@p:1;https=http://credentials-withheld@p:2",
            ),
            ("http://kim:secre", "http://kim:withheld"),
            (r#"{"password": 12, "b": 2}"#, r#"{"password": "withheld", "b": 2}"#),
            (r#"{"protectedSettings": {"a": 1}, "c": 1}"#, r#"{"protectedSettings": "withheld", "c": 1}"#),
            ("a?sv=1&amp;sig=x&amp;se=2", "a?sv=1&amp;sig=withheld&amp;se=2"),
            ("user=kim password=foo status=ok", "user=kim password=withheld status=ok"),
            ("Authorization: Basic a2lt\r\nHost: x", "Authorization: withheld\r\nHost: x"),
            (
                "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n",
                "-----BEGIN PRIVATE KEY-----withheld-----END PRIVATE KEY-----\n",
            ),
        ] {
            assert_eq!(without_secrets(text), kept);
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        let sha512 = format!("sha512-{}==", "Ab1+/".repeat(18).get(..86).unwrap());
        for text in [
            "at 10:00:12.5 a://b mail kim@example.com, user@1000.service, time: kim@example",
            "2026-11-21T08:00:01.223Z INFO ExtHandler Azure Linux Agent 2.9.1.1",
            "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "thumbprint 8A5DA52ED126447D359E70C05721A8AA4F2A3B1C",
            "System.Core, Version=4.0.0.0, Culture=neutral, PublicKeyToken=31bf3856ad364e35",
            "Provisioning.DeleteRootPassword=y\nProvisioning.PasswordCryptId=6\nPasswordAuthentication no",
            "PWD=/root\nOLDPWD=/var/lib\n",
            "correlation 11111111-2222-3333-4444-555555555555 token_type=Bearer secretUri=x tokenEndpoint=y",
            "http://168.63.129.16:80/machine/?comp=goalstate",
            "http://host:80/ http://[fe80::1]:80/x http://a.b/@scope/x https://login.microsoftonline.com/",
            "Basic authentication is required; Bearer tokens are used; Negotiate failed",
            "{\"protectedSettingsCertThumbprint\":\"AB12\",\"protectedSettings\":null,\"secret\":\"\"}",
            "<UserPassword>*</UserPassword><Password/><PasswordExpired>false</PasswordExpired>",
            "http_proxy='http://credentials-withheld@inside:1' http://credentials-withheld-2@p:1 http://withheld@p",
            "\"ProxyEnable\"=dword:00000001\r\n\"ProxyServer\"=\"proxy:3128\"\r\n\"x\"=hex:46,00,00,00,09,00,00,00",
            "wpa_supplicant: wpa-roam /etc/x\nssid x",
            "code 0x80070005 fe80::1@eth0 12:34:56@x",
            "config=1 design=2 orig=3 signature algorithm: sha256RSA",
            "Reset password for user kim failed. The token was refused. A secret is missing",
            "-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBaMQswCQYDVQQGEwJJ\n-----END CERTIFICATE-----",
            &sha512,
            "cost $1 and $6 and $HOME",
            "-u root --user kim -p 80",
            "proxies http://other.example:8080, http://proxy.example:3128; (http://a.example:80)",
            "[\"proxy-demands-credentials\", \"guest-proxy-credentials\"]",
            "kim ALL=(ALL) NOPASSWD: ALL",
            "\"diskEncryptionKey\": {\"secretUrl\": \"https://v.vault.azure.net/secrets/x\"}",
            "ssh -p 2222 host; the net use is 5; mysql --port 3306; plink -P 22 host",
            "Usage: net use <drive> <password> <host>\nnext </a>",
            "Usage: tool &lt;user&gt; &lt;password&gt;\nnext, and more\n",
            "bypass=x ByPass: 10.0.0.0/8 <bypass>a</bypass>",
            "password:\nnext: x\n  deeper: y",
            "Password:\n2026-11-21 08:00:00 x",
            "-----END CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBaMQswCQYDVQQGEwJJ",
            "vssadmin: Writer name: 'System Writer'\n   State: [1] Stable",
        ] {
            assert_eq!(without_secrets(text), text);
        }
    }

    /// Whatever stands together: what could be read as JSON still can.
    #[test]
    fn anything_can_be_redacted() {
        const PIECES: &[&str] = &[
            "password",
            "\"",
            "'",
            "\\",
            "\\\"",
            ":",
            "=",
            " ",
            "\n",
            "{",
            "}",
            "[",
            "]",
            ",",
            "://",
            "@",
            "/",
            "%3D",
            "sig",
            "&",
            "&quot;",
            "<",
            ">",
            "&lt;",
            "hex:",
            "6b,3a,40,",
            "Bearer ",
            "eyJ.",
            "-----BEGIN PRIVATE KEY-----",
            "-----END",
            "$6$",
            "Q~",
            "é",
            "x",
            "1",
            "token",
            "value",
            "Authorization",
            "--",
            "REG_SZ",
            "true",
            "\\u0026",
            "\r\n",
            "login ",
        ];
        let mut seed = 1_u64;
        let mut next = |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(seed >> 33).unwrap() % below
        };
        for _ in 0..4_000 {
            let text: String = (0..next(12)).map(|_| PIECES[next(PIECES.len())]).collect();
            let json = serde_json::json!({ "a": text, "password": text, "b": [text, { text.as_str(): 1 }] });
            for json in [json.to_string(), format!("{json:#}")] {
                let kept = without_secrets(&json);
                assert!(serde_json::from_str::<serde_json::Value>(&kept).is_ok(), "{json}\n{kept}");
            }
        }
    }

    #[test]
    fn a_text_that_ends_like_a_name_of_a_secret_ends_there() {
        for (text, kept) in [
            (r#"{"a":"token:","b":"x","password":"ky"}"#, r#"{"a":"token:","b":"x","password":"withheld"}"#),
            (
                r#"["token:",{"name":"password","value":"ky"},"--pwd","z",true]"#,
                r#"["token:",{"name":"password","value":"withheld"},"--pwd","withheld",true]"#,
            ),
            (
                r#"{"a":"token:","secrets":[1,2],"cookie":null,"x":"sig=ky"}"#,
                r#"{"a":"token:","secrets":"withheld","cookie":null,"x":"sig=withheld"}"#,
            ),
        ] {
            assert_eq!(without_secrets(text), kept);
        }
    }

    /// What texts are made of that could be looked through again and again.
    const HOSTILE: &[&str] = &[
        "a",
        "a:",
        "a:@",
        "a:b@",
        "://",
        "a://b:c ",
        "@",
        "%3A%2F%2F",
        "password=",
        "\"password\":",
        "\"password\":{",
        "<password ",
        "sig=a&",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\"",
        "-----END PRIVATE KEY-----",
        "-----BEGIN ",
        "$6$",
        "hex:",
        "hex:61,",
        "eyJ.",
        "&quot;",
        "\\\"",
        "Bearer ",
        "a1+/",
        "Q~",
        "8Q~",
        "--password ",
        "login password ",
        "<password>",
        "\n \t",
        "https://a:b/",
        "\"token\"\n",
        "Authorization:",
        "a;password",
        "hex(2):",
        "password\\",
        "password:\n",
        "password:\n ",
        "password: |\n",
        "password: |\n  ",
        "password='",
        "password='x\n",
        "password=\"x\n",
        "password='''",
        "password='\\",
        "password=\\\"",
        "password=\\\\\\\"",
        "password%3D%22",
        "password%3D%2522x",
        "password&quot;:&quot;",
        "password\\u0022:\\u0022",
        "\\",
        "\\u003cpassword\\u003e",
        "<password><",
        "<password><a>",
        "<a><password>",
        "</password>",
        "<password><![CDATA[",
        "<x name=\"password\">",
        "<x value=\"password\" ",
        "name=\"password\" ",
        "{\"value\":\"name\":\"password\"",
        "(\"password\",",
        "(\"password\",\"",
        "[\"password\",\"a",
        "sshpass ",
        "sshpass -p ",
        "net use ",
        "sqlplus a/",
        "7z \"",
        "curl -u ",
        "-U a%",
        "Authorization: =\"",
        "Authorization: x=\"\n ",
        "password={",
        "password=[(",
        "\"password\":[",
        "password=a,",
        "password=a;a ",
        "password=a'b",
        "password=%",
        "password=%25252525",
        "%25",
        "&amp;",
        "password=&amp;amp;",
        "mysql -p",
        "AGE-SECRET-KEY-",
        "token: !a ",
        "- - - ",
        "password\n- ",
        "password:\n- a\n",
        "export ",
        "export export password=",
        "[\"a\",",
        "{\"a\":",
        "[[",
        "\"[\\\"",
        "{\"password\":\"x\"}\n",
        "MIIE\n",
        "é",
        "password=é",
        "AAAA",
        "subscription",
        "http://a:1,",
        "password:\n\n\n",
        "'",
        "u'",
        "key=\"password\" value=\"",
        "password =\n   a\n",
        "Authorization: x\n a\n",
        "@a:b",
        "\"password\" \n",
        "<key>password</key>",
        "<key>password</key><a>",
    ];

    /// Four times the text, about four times the work.
    #[test]
    fn it_takes_work_in_proportion() {
        let work = |piece: &str, size: usize| {
            let text = piece.repeat(size / piece.len());
            work::taken();
            without_secrets(&text);
            work::taken()
        };
        for piece in HOSTILE {
            // Beyond what is looked at of one place at most.
            let (one, four) = (work(piece, 1 << 14), work(piece, 1 << 16));
            assert!(four < 6 * one, "{piece:?}: {one}, {four}");
            assert!(one < 200 << 14, "{piece:?}: {one}");
        }
    }

    #[test]
    fn what_is_no_text_is_emptied() {
        let document = Document { name: "d".into(), bytes: b"ab\0c\x01".to_vec(), named_by_user: false };
        assert!(redact(document).bytes.is_empty());
    }
}
