//! A running Windows: its registry filled as a VM's would be, and what the program makes of it.
//!
//! Nothing is written but under Wine, whose registry belongs to the tests. On a real Windows the program is run all the same,
//! and must tell what it read.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use windows_registry::{CURRENT_USER, Key, LOCAL_MACHINE, USERS};

use crate::cli::{Run, run};

const SETTINGS: &str = r"S-1-5-18\Software\Microsoft\Windows\CurrentVersion\Internet Settings";
const SERVICES: &str = r"SYSTEM\CurrentControlSet\Services";
const TLS: &str = r"SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client";
const INTERFACE: &str =
    r"SYSTEM\CurrentControlSet\Services\Tcpip\Parameters\Interfaces\{6b29fc40-ca47-1067-b31d-00dd010662da}";

const HANDLERS: &str = r"SOFTWARE\Microsoft\Windows Azure\HandlerState";
const EXTENSION: &str = "Microsoft.Azure.RecoveryServices.VMSnapshot";
const RULES: &str = r"SOFTWARE\Policies\Microsoft\Windows\SrpV2";
/// A rule of `AppLocker` that denies everybody whatever lies in the folder of packages.
const RULE: &str = r#"<FilePathRule Id="1" Name="planted" Description="" UserOrGroupSid="S-1-1-0" Action="Deny"><Conditions><FilePathCondition Path="%OSDRIVE%\Packages\*"/></Conditions></FilePathRule>"#;

fn is_wine() -> bool {
    CURRENT_USER.open(r"Software\Wine").is_ok()
}

/// One at a time: there is one registry.
static TURN: Mutex<()> = Mutex::new(());

/// Keys and files of a VM in trouble, taken away again at the end.
struct Filled {
    _turn: MutexGuard<'static, ()>,
}

impl Filled {
    fn new() -> Self {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let agent = create(LOCAL_MACHINE, r"SOFTWARE\Microsoft\GuestAgent");
        agent.set_string("GuestAgentVersion", "2.7.41491.1010").unwrap();
        agent.set_string("HeartbeatLastStatusUpdateTime", "2026-11-21T12:00:00Z").unwrap();
        agent.set_string("NobodysBusiness", "planted-elsewhere").unwrap();
        for (name, start) in [("RdAgent", 2), ("VSS", 4)] {
            let service = create(LOCAL_MACHINE, &format!(r"{SERVICES}\{name}"));
            service.set_u32("Start", start).unwrap();
            service.set_string("ObjectName", "LocalSystem").unwrap();
        }
        create(LOCAL_MACHINE, TLS).set_u32("Enabled", 0).unwrap();
        create(LOCAL_MACHINE, INTERFACE).set_u32("EnableDHCP", 0).unwrap();
        let handler = create(LOCAL_MACHINE, &format!(r"{HANDLERS}\{EXTENSION}_1.0.111.0"));
        handler.set_string("InstallState", "Enabled").unwrap();
        handler.set_string("StatusFolder", "planted-elsewhere").unwrap();
        create(LOCAL_MACHINE, &format!(r"{RULES}\Exe")).set_u32("EnforcementMode", 1).unwrap();
        create(LOCAL_MACHINE, &format!(r"{RULES}\Exe\{{1}}")).set_string("Value", RULE).unwrap();
        let logs = Path::new(r"C:\WindowsAzure\Logs\Plugins").join(EXTENSION).join("1.0.111.0");
        fs::create_dir_all(&logs).unwrap();
        fs::write(logs.join("IaaSBcdrExtension.log"), "x: ExtensionSnapshotFailedCOM\r\n").unwrap();
        let settings = create(USERS, SETTINGS);
        settings.set_u32("ProxyEnable", 1).unwrap();
        settings.set_string("ProxyServer", "http://kim:planted-s3cret@10.0.0.5:3128").unwrap();
        let packages = Path::new(r"C:\WindowsAzure\Packages");
        fs::create_dir_all(packages).unwrap();
        // A program that carries a version, whichever.
        fs::copy(r"C:\windows\system32\msiexec.exe", packages.join("WaAppAgent.exe")).unwrap();
        Self { _turn: turn }
    }
}

impl Drop for Filled {
    fn drop(&mut self) {
        for path in [r"SOFTWARE\Microsoft\GuestAgent", TLS, INTERFACE, HANDLERS, RULES] {
            let _ = LOCAL_MACHINE.remove_tree(path);
        }
        for name in ["RdAgent", "VSS"] {
            let _ = LOCAL_MACHINE.remove_tree(format!(r"{SERVICES}\{name}"));
        }
        let _ = USERS.remove_tree(SETTINGS);
        let _ = fs::remove_dir_all(r"C:\WindowsAzure");
    }
}

fn create(root: &Key, path: &str) -> Key {
    root.create(path).unwrap()
}

/// A folder of this test that is not there yet.
fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&path);
    path
}

fn read(folder: &Path, name: &str) -> String {
    let path = folder.join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What became of a check.
fn outcome<'a>(answer: &'a Value, id: &str) -> &'a Value {
    let checks = answer["vms"][0]["checks"].as_array().unwrap_or_else(|| panic!("{answer:#}"));
    checks.iter().find(|check| check["id"] == id).unwrap_or_else(|| panic!("no word of {id}: {answer:#}"))
}

fn every_text(folder: &Path) -> String {
    let mut all = String::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            all += &every_text(&entry);
        } else {
            all += &String::from_utf8_lossy(&fs::read(&entry).unwrap());
        }
    }
    all
}

#[test]
fn the_registry_is_read_as_an_export_of_it_would_be() {
    let filled = is_wine().then(Filled::new);
    let bundle = folder("windows-live");
    let name = bundle.to_str().unwrap();
    let collected = run(&["collect", "--here", "-o", name]);
    assert_eq!(collected.exit, 0, "{collected:?}");
    let survey: Value = serde_json::from_str(&read(&bundle, "guest.json")).unwrap();
    assert_eq!((&survey["system"], &survey["live"]), (&"windows".into(), &true.into()));
    assert!(survey["processors"].as_u64().is_some_and(|count| count > 0), "{survey:#}");
    assert_eq!(survey["architecture"], "x86_64");
    assert!(survey["processes"].is_null(), "nobody looked for processes: {survey:#}");
    assert!(
        read(&bundle, "registry/system.reg").contains("\"CurrentBuild"),
        "every Windows says which it is"
    );
    let here = run(&["check", "--here", "--format", "json"]);
    let again = run(&["check", name, "--format", "json"]);
    if filled.is_some() {
        is_told(&bundle, &survey, [&collected, &here, &again]);
    }
}

/// What was filled in, by both ways, and nothing secret.
fn is_told(bundle: &Path, survey: &Value, [collected, here, again]: [&Run; 3]) {
    assert!(read(bundle, "registry/agent.reg").contains("\"GuestAgentVersion\"=\"2.7.41491.1010\""));
    assert!(read(bundle, "registry/services.reg").contains("\"Start\"=dword:00000004"));
    assert!(read(bundle, "registry/network.reg").contains("\"EnableDHCP\"=dword:00000000"));
    assert!(read(bundle, "registry/extensions.reg").contains("\"InstallState\"=\"Enabled\""));
    let proxies = read(bundle, "registry/proxies.reg");
    assert!(proxies.contains("@10.0.0.5:3128"), "{proxies}");
    let program = &survey["executables"][0];
    assert_eq!(program["path"], r"C:\WindowsAzure\Packages\WaAppAgent.exe", "{survey:#}");
    assert!(program["productVersion"].as_str().is_some_and(|version| version.contains('.')), "{survey:#}");
    for (run, answer) in [(here, here.json()), (again, again.json())] {
        assert_eq!(run.exit, 1, "{run:?}");
        for id in ["guest-service-disabled", "guest-tls-disabled", "guest-applocker-blocks"] {
            assert_eq!(outcome(&answer, id)["outcome"], "fail", "{:#}", outcome(&answer, id));
        }
        let snapshot = outcome(&answer, "guest-snapshot-failed").to_string();
        assert!(snapshot.contains("ExtensionSnapshotFailedCOM"), "{snapshot}");
    }
    let shown = format!("{collected:?}{here:?}{again:?}{}", every_text(bundle));
    for secret in ["planted-s3cret", "kim:", "planted-elsewhere"] {
        assert!(!shown.contains(secret), "{secret}: {shown}");
    }
}

#[test]
fn probing_goes_by_the_settings_of_each_account() {
    let filled = is_wine().then(Filled::new);
    let answer = run(&["probe", "--here", "--target", "127.0.0.1:9", "--format", "json"]);
    assert_eq!(answer.exit, 1, "{answer:?}");
    assert!(!answer.stderr.contains("registry"), "{answer:?}");
    assert!(!format!("{answer:?}").contains("planted-s3cret"), "{answer:?}");
    drop(filled);
}
