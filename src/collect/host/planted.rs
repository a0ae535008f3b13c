//! Every kind of secret in every file that is looked at: none is in a document.

use std::fs;
use std::path::{Path, PathBuf};

use super::lists::{LINUX, PROXIES, WINDOWS, Wanted};
use super::{Scope, gather};

/// What is secret in all that follows.
const SECRET: &str = "ZQSECRETQZ1";

/// Lines that hold it.
const LINES: &[&str] = &[
    "http_proxy=http://kim:ZQSECRETQZ1@proxy.example:3128",
    "export https_proxy=\"http://kim:a/ZQSECRETQZ1@proxy.example:3128\"",
    "HTTPS_PROXY='http://kim:a@ZQSECRETQZ1@proxy.example:3128'; export HTTPS_PROXY",
    "all_proxy=kim:ZQSECRETQZ1@proxy.example:3128",
    "no_proxy=http://kim:ZQSECRETQZ1@proxy.example,168.63.129.16",
    "if true; then export http_proxy=http://kim:ZQSECRETQZ1@p:1; fi",
    "[Service]\nEnvironment=\"http_proxy=http://kim:ZQSECRETQZ1@p:1\" 'TOKEN=ZQSECRETQZ1'\n",
    "[Service]\nExecStart=/usr/sbin/waagent -daemon --token ZQSECRETQZ1\nEnvironment=https_proxy=http://kim:ZQSECRETQZ1%%@p:1",
    "[Manager]\nDefaultEnvironment=https_proxy=http://kim:ZQSECRETQZ1@p:1",
    "HttpProxy.Host=kim:ZQSECRETQZ1@proxy.example\nHttpProxy.Port=3128\nProvisioning.Password=ZQSECRETQZ1",
    "{\"UseProxyForAAD\":true,\"ProxyServerAddress\":\"http://kim:ZQSECRETQZ1@p:1\",\"secret\":\"ZQSECRETQZ1\"}",
    "{\"status\":{\"message\":\"PUT https://a.blob.core.windows.net/c?sv=1&sig=ZQSECRETQZ1%3D&se=2\"}}",
    "[{\"status\":\"u\",\"x\":\"https://a/b?sv=1\\u0026sig=ZQSECRETQZ1\\u0026se=2\"}]",
    "{\"protectedSettings\":{\"a\":\"ZQSECRETQZ1\"},\"publicSettings\":{}}",
    "{\"runtimeSettings\":[{\"handlerSettings\":{\"protectedSettings\":\"ZQSECRETQZ1\"}}]}",
    "2026-11-21T08:00:00Z INFO https://a/b?sv=1&amp;sig=ZQSECRETQZ1&amp;se=2",
    "2026-11-21T08:00:00Z INFO x%3Fsig%3DZQSECRETQZ1%26se%3D2",
    "2026-11-21T08:00:00Z INFO DefaultEndpointsProtocol=https;AccountName=a;AccountKey=ZQSECRETQZ1==;EndpointSuffix=b",
    "2026-11-21T08:00:00Z INFO SharedAccessSignature=sv=1&sig=ZQSECRETQZ1",
    "2026-11-21T08:00:00Z INFO Authorization: Bearer ZQSECRETQZ1",
    "2026-11-21T08:00:00Z INFO {'Proxy-Authorization': 'Basic ZQSECRETQZ1', 'Host': 'x'}",
    "2026-11-21T08:00:00Z INFO sent Bearer 1ZQSECRETQZ1ZQSECRETQZ1",
    "2026-11-21T08:00:00Z INFO eyJhbGciOiJub25lIn0.ZQSECRETQZ1.ZQSECRETQZ1",
    "2026-11-21T08:00:00Z INFO Set-Cookie: session=ZQSECRETQZ1",
    "2026-11-21T08:00:00Z INFO <UserPassword>ZQSECRETQZ1</UserPassword>",
    "2026-11-21T08:00:00Z INFO \\\"password\\\": \\\"ZQSECRETQZ1\\\"",
    "password = my ZQSECRETQZ1 phrase",
    "[wifi-security]\npsk=ZQSECRETQZ1\n[connection]\nid=x",
    "iface wlan0 inet dhcp\n  wpa-psk ZQSECRETQZ1",
    "-----BEGIN PRIVATE KEY-----\nZQSECRETQZ1\n-----END PRIVATE KEY-----",
    "root:$6$abcdefgh$ZQSECRETQZ1ZQSECRETQZ1:19000:0:",
    "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_USERS\\S-1-5-18\\Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings]\r\n\"ProxyServer\"=\"http://kim:ZQSECRETQZ1@p:1\"\r\n",
    "    ProxyServer    REG_SZ    http=http://kim:ZQSECRETQZ1@p:1;https=http://kim:ZQSECRETQZ1@p:2",
    "Acquire::http::Proxy \"http://kim:ZQSECRETQZ1@p:1\";\nAcquire { https::Proxy \"http://kim:a/ZQSECRETQZ1@p:1\"; };",
    "[main]\nproxy=http://kim:ZQSECRETQZ1@p:1\nproxy_username=kim\nproxy_password=ZQSECRETQZ1",
    "# machine x login kim password ZQSECRETQZ1",
    "curl -u kim:ZQSECRETQZ1 --proxy-user kim:ZQSECRETQZ1 http://x",
];

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn plant(base: &Path, wanted: &[Wanted], line: &str) {
    for each in wanted {
        let path = base.join(each.pattern.trim_start_matches('/').replace('*', "x"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        // What is a file to one pattern may be a folder to another.
        if !path.is_dir() {
            fs::write(path, format!("{line}\n")).unwrap();
        }
    }
}

#[test]
fn no_planted_secret_is_in_a_document() {
    for windows in [false, true] {
        for (number, line) in LINES.iter().enumerate() {
            let name = format!("azpreflight-planted-{number}-{windows}-{}", std::process::id());
            let folder = Folder(std::env::temp_dir().join(name));
            assert!(line.contains(SECRET));
            fs::create_dir_all(&folder.0).unwrap();
            plant(&folder.0, PROXIES, line);
            plant(&folder.0, if windows { WINDOWS } else { LINUX }, line);
            let told = gather(Scope::Root(&folder.0)).unwrap();
            assert!(windows || told.documents.documents.len() > 10, "{line}");
            for document in &told.documents.documents {
                let text = String::from_utf8_lossy(&document.bytes);
                assert!(!text.contains(SECRET), "{}: {line}\n{text}", document.name);
            }
            assert!(!format!("{told:?}").contains(SECRET), "{line}");
        }
    }
}
