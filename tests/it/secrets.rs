//! What is secret on a machine is in nothing that the program says or writes, whatever it is asked.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::collect::Folder;

/// What is secret, wherever it stands below.
const SECRET: &str = "ZQSECRETQZ1";

/// Files of a machine with Linux, each with secrets where such files have them.
const LINUX: &[(&str, &str)] = &[
    (
        "etc/os-release",
        "ID=ubuntu\nVERSION_ID=\"22.04\"\nBUG_REPORT_URL=\"https://kim:ZQSECRETQZ1@bugs.example/\"\n",
    ),
    (
        "etc/environment",
        "http_proxy=http://kim:ZQSECRETQZ1@proxy.example:3128\nhttps_proxy=http://kim:a/ZQSECRETQZ1@proxy.example:3128\n\
         TOKEN=ZQSECRETQZ1\nno_proxy=http://lee:ZQSECRETQZ1@x,168.63.129.16\n",
    ),
    (
        "etc/profile.d/proxy.sh",
        "export https_proxy='http://kim:a@ZQSECRETQZ1@proxy.example:3128'\nexport API_KEY=ZQSECRETQZ1\n\
         if true; then export all_proxy=http://kim:ZQSECRETQZ1@p:1; fi\n",
    ),
    (
        "etc/systemd/system/walinuxagent.service.d/http-proxy.conf",
        "[Service]\nEnvironment=\"https_proxy=http://kim:ZQSECRETQZ1%%25@p:1\" PASSWORD=ZQSECRETQZ1\n\
         EnvironmentFile=/etc/secret\nExecStart=/usr/sbin/waagent --token ZQSECRETQZ1\n",
    ),
    (
        "etc/waagent.conf",
        "Provisioning.Agent=auto\nHttpProxy.Host=http://kim:ZQSECRETQZ1@proxy.example\nHttpProxy.Port=ZQSECRETQZ1@1\n\
         # password: ZQSECRETQZ1\nSome.Password=ZQSECRETQZ1\nExtensions.Enabled=y\n",
    ),
    (
        "var/log/waagent.log",
        "2026-11-21T08:00:00.000000Z INFO Daemon Azure Linux Agent Version:2.2.45\n\
         2026-11-21T08:00:01.000000Z ERROR ExtHandler fetch https://a.blob.core.windows.net/x?sv=1&sig=ZQSECRETQZ1%3D failed\n\
         2026-11-21T08:00:02.000000Z ERROR ExtHandler ProtocolError: http://kim:ZQSECRETQZ1@proxy.example:3128 [407]\n\
         2026-11-21T08:00:03.000000Z ERROR ExtHandler Authorization: Bearer ZQSECRETQZ1 refused\n\
         2026-11-21T08:00:04.000000Z ERROR ExtHandler {\"protectedSettings\": \"ZQSECRETQZ1\"} AccountKey=ZQSECRETQZ1==;\n\
         2026-11-21T08:00:05.000000Z WARNING ExtHandler <UserPassword>ZQSECRETQZ1</UserPassword>\n",
    ),
    (
        "var/log/azure/Microsoft.Azure.RecoveryServices.VMSnapshotLinux/extension.log",
        "2026-11-21 08:00:00 ERROR failed with code 76 for https://a/b?sv=1&amp;sig=ZQSECRETQZ1&amp;se=2 password=ZQSECRETQZ1\n",
    ),
    (
        "var/lib/waagent/Microsoft.Azure.RecoveryServices.VMSnapshotLinux-1.0.9188.0/status/1.status",
        "[{\"version\":1.0,\"timestampUTC\":\"2026-11-21T08:00:00Z\",\"status\":{\"name\":\"VMSnapshotLinux\",\
         \"operation\":\"Enable\",\"status\":\"error\",\"code\":\"76\",\"formattedMessage\":{\"lang\":\"en-US\",\"message\":\
         \"PUT https://a.blob.core.windows.net/c?sv=1\\u0026sig=ZQSECRETQZ1 failed, token=ZQSECRETQZ1\"},\"substatus\":[]}}]",
    ),
    (
        "var/lib/waagent/Microsoft.Azure.RecoveryServices.VMSnapshotLinux-1.0.9188.0/config/1.settings",
        "{\"runtimeSettings\":[{\"handlerSettings\":{\"protectedSettings\":\"ZQSECRETQZ1\",\"publicSettings\":\
         {\"logsBlobUri\":\"https://a/b?sig=ZQSECRETQZ1\"}}}]}",
    ),
    (
        "var/lib/waagent/Microsoft.Azure.RecoveryServices.VMSnapshotLinux-1.0.9188.0/config/HandlerState",
        "Enabled password=ZQSECRETQZ1",
    ),
    ("etc/azure/vmbackup.conf", "[SnapshotThread]\nfsfreeze: True\n[password]\npassword = ZQSECRETQZ1\n"),
    (
        "opt/msawb/bin/ExtensionSettingsOverrides.json",
        "{\"UseProxyForAAD\":true,\"ProxyServerAddress\":\"http://kim:ZQSECRETQZ1@p:1\",\"token\":\"ZQSECRETQZ1\"}",
    ),
    ("etc/hosts", "127.0.0.1 localhost # password=ZQSECRETQZ1\n168.63.129.16 kim:ZQSECRETQZ1@host\n"),
    ("etc/resolv.conf", "# token: ZQSECRETQZ1\nnameserver 10.0.0.4\n"),
    (
        "etc/NetworkManager/system-connections/wifi.nmconnection",
        "[connection]\nid=wifi\n[wifi-security]\npsk=ZQSECRETQZ1\n[ipv4]\nmethod=manual\n",
    ),
    (
        "etc/netplan/50.yaml",
        "network:\n  wifis:\n    wlan0:\n      access-points:\n        x:\n          password: ZQSECRETQZ1\n",
    ),
    (
        "etc/iptables/rules.v4",
        "*filter\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -m comment --comment \"token=ZQSECRETQZ1\" -d 168.63.129.16 -j DROP\nCOMMIT\n",
    ),
];

/// The same of one with Windows.
const WINDOWS: &[(&str, &str)] = &[
    (
        "WindowsAzure/Logs/WaAppAgent.log",
        "[00000007] [11/21/2026 08:00:01.22] [ERROR] GET https://a/b?sv=1&sig=ZQSECRETQZ1 failed\r\n\
         [00000007] [11/21/2026 08:00:02.22] [ERROR] http://kim:ZQSECRETQZ1@proxy:3128 answered 407, password=ZQSECRETQZ1\r\n",
    ),
    ("Windows/System32/drivers/etc/hosts", "168.63.129.16 x # token=ZQSECRETQZ1\r\n"),
];

/// Documents that people give by hand, with secrets in them.
const BY_HAND: &[(&str, &str)] = &[
    (
        "system.reg",
        "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_USERS\\S-1-5-18\\Software\\Microsoft\\Windows\\CurrentVersion\\\
         Internet Settings]\r\n\"ProxyEnable\"=dword:00000001\r\n\"ProxyServer\"=\"http://kim:ZQSECRETQZ1@p:1\"\r\n",
    ),
    (
        "netsh-winhttp-proxy.txt",
        "Current WinHTTP proxy settings:\r\n\r\n    Proxy Server(s) :  http://kim:ZQSECRETQZ1@p:1\r\n    Bypass List     :  (none)\r\n",
    ),
    ("guest.json", "{\"schema\":\"azpreflight/guest/v1\",\"processors\":\"password=ZQSECRETQZ1\"}"),
    (
        "guest-2.json",
        "{\"schema\":\"azpreflight/guest/v1\",\"unread\":[{\"path\":\"/x\",\"reason\":\"http://kim:ZQSECRETQZ1@p refused\",\"root\":false}]}",
    ),
    (
        "vm.json",
        "{\"id\":\"x\",\"type\":\"Microsoft.Compute/virtualMachines\",\"name\":\"vm1\",\"properties\":{\"storageProfile\":\"https://a/b?sig=ZQSECRETQZ1\"}}",
    ),
];

fn plant(base: &Path, files: &[(&str, &str)]) -> Vec<PathBuf> {
    let written = files.iter().map(|(path, text)| {
        let path = base.join(path);
        assert!(text.contains(SECRET));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    });
    written.collect()
}

fn said(program: &mut Command, arguments: &[&str]) -> Output {
    program.env("AZPREFLIGHT_CACHE", "").args(["--as-of", "2026-11-21"]).args(arguments);
    for name in ["http_proxy", "HTTPS_PROXY", "ALL_PROXY"] {
        program.env(name, format!("http://kim:{SECRET}@127.0.0.1:1"));
    }
    program.env("no_proxy", format!("kim:{SECRET}@x,127.0.0.1")).env("PASSWORD", SECRET);
    program.output().expect("the program runs")
}

/// Asks, and holds what is said against the secret.
fn ask(arguments: &[&str]) {
    let output = said(&mut Command::new(env!("CARGO_BIN_EXE_azpreflight")), arguments);
    silent(&output, &format!("{arguments:?}"));
}

fn silent(output: &Output, what: &str) {
    assert_ne!(output.status.code(), Some(70), "{what}: {output:?}");
    for bytes in [&output.stdout, &output.stderr] {
        let text = String::from_utf8_lossy(bytes);
        assert!(!text.contains(SECRET), "{what}\n{text}");
    }
}

fn silent_folder(folder: &Path) -> usize {
    let mut files = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files += silent_folder(&path);
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        let text: String = bytes.iter().filter(|byte| **byte != 0).map(|byte| char::from(*byte)).collect();
        assert!(!text.contains(SECRET), "{}\n{text}", path.display());
        files += 1;
    }
    files
}

const FORMS: [&[&str]; 4] = [&[], &["-v"], &["--format", "json"], &["--workload", "hana", "-v"]];

#[test]
fn a_disk_keeps_its_secrets() {
    for (name, files) in [("linux", LINUX), ("windows", WINDOWS)] {
        let folder = Folder::new(&format!("secrets-{name}"));
        let root = folder.0.join("root");
        let planted = plant(&root, files);
        let (root, bundle) = (root.to_str().unwrap(), folder.0.join("bundle"));
        let bundle = bundle.to_str().unwrap();
        ask(&["collect", "--root", root, "-o", bundle]);
        assert!(silent_folder(Path::new(bundle)) > files.len() / 2);
        for form in FORMS {
            ask(&[&["check", "--root", root], form].concat());
            ask(&[&["check", bundle], form].concat());
        }
        for form in [&[][..], &["-v"], &["--format", "json"]] {
            ask(&[&["agent", "--root", root], form].concat());
            ask(&[&["agent", bundle], form].concat());
        }
        // Each as it is, by hand: nobody took anything out of it before.
        for path in &planted {
            let path = path.to_str().unwrap();
            ask(&["check", path, "-v"]);
            ask(&["check", path, "--format", "json"]);
            ask(&["agent", path, "--format", "json"]);
            ask(&["explain", "--log", path]);
        }
    }
}

#[test]
fn what_is_given_by_hand_is_not_repeated() {
    let folder = Folder::new("secrets-by-hand");
    for path in plant(&folder.0, BY_HAND) {
        let path = path.to_str().unwrap();
        for form in FORMS {
            ask(&[&["check", path], form].concat());
        }
        ask(&["agent", path, "-v"]);
        ask(&["explain", "--log", path]);
    }
}

#[test]
fn this_machine_keeps_its_secrets() {
    let folder = Folder::new("secrets-here");
    let bundle = folder.0.join("bundle");
    ask(&["collect", "--here", "-o", bundle.to_str().unwrap()]);
    silent_folder(&bundle);
    assert!(
        fs::read_to_string(bundle.join("environment")).unwrap().contains("credentials-withheld"),
        "the environment was looked at"
    );
    for form in FORMS {
        ask(&[&["check", "--here"], form].concat());
    }
    ask(&["agent", "--here", "-v"]);
}

/// Probing sends packets: only where there is no way out.
#[cfg(target_os = "linux")]
#[test]
fn what_was_probed_keeps_them_too() {
    let alone = || {
        let mut command = Command::new("unshare");
        command.args(["-r", "-n", env!("CARGO_BIN_EXE_azpreflight")]);
        command
    };
    if !Command::new("unshare").args(["-r", "-n", "true"]).status().is_ok_and(|status| status.success()) {
        return;
    }
    let folder = Folder::new("secrets-probe");
    let saved = folder.0.join("probe.json");
    let saved = saved.to_str().unwrap();
    for arguments in [
        &["probe", "--here", "--timeout", "200", "-v"][..],
        &["probe", "--here", "--timeout", "200", "--format", "json"],
        &["check", "--here", "--probe", "--timeout", "200", "--save-probe", saved, "-v"],
    ] {
        silent(&said(&mut alone(), arguments), &format!("{arguments:?}"));
    }
    assert!(!fs::read_to_string(saved).unwrap().contains(SECRET));
}
