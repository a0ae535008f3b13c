//! `explain --log`: the codes that a log names, and how their causes stand.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::cli::{Run, document, folder, id, run};

/// The answer about a log, which names so many codes.
fn explained(arguments: &[&str]) -> Value {
    let run = run(&[&["explain", "--format", "json", "--as-of", "2026-11-21"], arguments].concat());
    assert_eq!(run.exit, 1, "{run:?}");
    run.json()
}

fn cause<'a>(code: &'a Value, text: &str) -> &'a Value {
    let causes = code["causes"].as_array().unwrap();
    causes.iter().find(|cause| cause["text"].as_str().unwrap().contains(text)).unwrap()
}

/// The end of a log of the Linux extension.
fn log(folder: &Path) -> String {
    let path = folder.join("extension.log");
    let sign = "[Microsoft.Azure.RecoveryServices.VMSnapshotLinux-1.0.9235.0]";
    let text = format!(
        "2026-11-20 02:00:00.1 {sign}starting enable\n2026-11-20 02:01:40.1 {sign}Enable,error,76,T:S no network,False\n"
    );
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

fn vm() -> Value {
    json!({"id": id("Microsoft.Compute/virtualMachines", "db1"), "name": "db1", "type": "Microsoft.Compute/virtualMachines",
        "location": "koreacentral", "properties": {"storageProfile": {"osDisk": {"osType": "Linux"}},
        "instanceView": {"statuses": [{"code": "PowerState/running"}],
            "vmAgent": {"vmAgentVersion": "2.2.20", "statuses": [{"displayStatus": "Not Ready", "message": "silent"}]}}}})
}

#[test]
fn a_log_alone_is_explained_and_says_what_would_tell() {
    let folder = folder("explain-log-alone");
    let answer = explained(&["--log", &log(&folder)]);
    assert_eq!(answer["schema"], "azpreflight/explain-log/v1");
    let code = &answer["codes"][0];
    assert_eq!((&code["code"], &code["count"]), (&json!("76"), &json!(1)));
    assert_eq!(code["first"]["line"], 2);
    let storage = cause(code, "storage cannot");
    assert_eq!(storage["standing"], "not-examined");
    assert!(storage["checks"][0]["how"].as_str().is_some_and(|how| how.contains("--probe")), "{storage}");
}

#[test]
fn causes_are_found_and_ruled_out_by_what_is_given() {
    let folder = folder("explain-log-input");
    let vm = document(&folder, "vm.json", &vm());
    let path = folder.join("job.json");
    let job = json!({"properties": {"status": "Failed", "errorDetails": [{"errorCode": 400_196,
        "errorTitle": "UserErrorGuestAgentStatusUnavailable", "errorString": "silent"}]}});
    fs::write(&path, job.to_string()).unwrap();
    let answer = explained(&["--log", &path.display().to_string(), &vm]);
    let code = &answer["codes"][0];
    assert_eq!(code["first"]["pointer"], "/properties/errorDetails/0/errorTitle");
    let hangs = cause(code, "stopped or hangs");
    assert_eq!(hangs["standing"], "found", "{hangs}");
    assert_eq!(hangs["checks"][0]["id"], "agent-not-ready");
    assert!(hangs["checks"][0]["says"][0].as_str().is_some_and(|says| !says.is_empty()));
    assert_eq!(cause(code, "outdated")["standing"], "found");
    let not_there = cause(code, "not installed");
    assert_eq!(not_there["checks"][0]["outcome"], "pass", "{not_there}");
    assert_eq!(not_there["standing"], "not-examined", "extension operations are not told of: {not_there}");
}

#[test]
fn the_disk_of_the_machine_settles_causes() {
    let folder = folder("explain-log-root");
    let root = folder.join("disk");
    let own = root.join("var/lib/waagent/Microsoft.Azure.RecoveryServices.VMSnapshotLinux-1.0.9235.0/config");
    fs::create_dir_all(&own).unwrap();
    fs::write(own.join("HandlerStatus"), r#"{"status":"NotReady","code":1,"message":"m"}"#).unwrap();
    let path = folder.join("note.txt");
    fs::write(&path, "the portal says UserErrorVmProvisioningStateFailed.\n").unwrap();
    let answer = explained(&["--log", &path.display().to_string(), "--root", &root.display().to_string()]);
    let cause = cause(&answer["codes"][0], "an extension failed");
    assert_eq!(cause["standing"], "found", "{cause}");
}

/// The cause that a writer is in error, by the documents of a case of that check.
fn writer_in_error(test: &str, case: &[&str]) -> Value {
    let path = folder(test).join("v.log");
    fs::write(&path, "the job says ExtensionFailedVssWriterInBadState.\n").unwrap();
    let case: Vec<String> =
        case.iter().map(|name| format!("tests/cases/guest-vss-writer-failed/{name}")).collect();
    let mut arguments = vec!["--log", path.to_str().unwrap()];
    arguments.extend(case.iter().map(String::as_str));
    let answer = explained(&arguments);
    cause(&answer["codes"][0], "a writer is in error").clone()
}

#[test]
fn a_check_that_passes_rules_its_cause_out() {
    let well = writer_in_error("explain-log-well", &["passing/guest.json", "passing/vssadmin-writers.txt"]);
    assert_eq!((&well["standing"], &well["checks"][0]["outcome"]), (&json!("ruled-out"), &json!("pass")));
    let wrong = writer_in_error("explain-log-wrong", &["failing/guest.json", "failing/vssadmin-writers.txt"]);
    assert_eq!(wrong["standing"], "found", "{wrong}");
    let unknown = writer_in_error("explain-log-unknown", &["inconclusive-not-run/guest.json"]);
    assert!(["undecided", "not-examined"].iter().any(|word| unknown["standing"] == *word), "{unknown}");
}

#[test]
fn what_a_disk_cannot_show_rules_nothing_out() {
    let disk = writer_in_error("explain-log-disk", &["not-applicable-disk/guest.json"]);
    assert_eq!(disk["standing"], "not-examined", "{disk}");
    assert_eq!(disk["checks"][0]["outcome"], "not-applicable");
    assert!(disk["checks"][0]["says"][0].as_str().unwrap().contains("a disk has no VSS writers"));
    assert!(
        disk["checks"][0]["how"].is_null(),
        "it is told to look at the disk, which was looked at: {disk}"
    );
}

#[test]
fn a_question_that_does_not_arise_is_ruled_out() {
    let folder = folder("explain-log-linux");
    let survey = json!({"schema": "azpreflight/guest/v1", "system": "linux", "live": true, "privileged": true,
        "collectedAt": "2026-11-21T09:00:00Z", "hostName": "web1"});
    let survey = document(&folder, "guest.json", &survey);
    let path = folder.join("v.log");
    fs::write(&path, "ExtensionFailedVssWriterInBadState\n").unwrap();
    let answer = explained(&["--log", path.to_str().unwrap(), &survey]);
    let cause = cause(&answer["codes"][0], "a writer is in error");
    assert_eq!(cause["standing"], "ruled-out", "{cause}");
    let text = run(&["explain", "--log", path.to_str().unwrap(), &survey]).stdout;
    assert!(text.contains("the machine as it stood at 2026-11-21T09:00:00Z"), "{text}");
    assert!(text.contains("not so now: guest-vss-writer-failed (it is about Windows"), "{text}");
}

/// How the causes of a code stand by the documents of a case folder, as JSON and as text.
fn by_case(folder_name: &str, code: &str, case: &str) -> (Value, String) {
    let path = folder(folder_name).join("v.log");
    fs::write(&path, format!("{code}\n")).unwrap();
    let path = path.display().to_string();
    let case = format!("tests/cases/{case}");
    let disk = format!("{case}/root");
    let given = if Path::new(&disk).is_dir() { vec!["--root", &disk] } else { vec![case.as_str()] };
    let asked = [&["--log", path.as_str()], given.as_slice()].concat();
    let text = run(&[&["explain", "--as-of", "2026-11-21"], asked.as_slice()].concat()).stdout;
    (explained(&asked)["codes"][0].clone(), text)
}

#[test]
fn what_weighs_a_note_settles_no_cause() {
    let silent = "GuestAgentSnapshotTaskStatusError";
    let (code, text) = by_case("explain-log-note", silent, "guest-agent-reports-errors/other-errors");
    let cause = cause(&code, "does not respond");
    let says = cause["checks"].as_array().unwrap().iter().find(|check| check["outcome"] == "note");
    assert_eq!(says.unwrap()["id"], "guest-agent-reports-errors");
    assert_eq!(cause["standing"], "undecided", "{cause}");
    assert!(text.contains("undecided, a note: guest-agent-reports-errors"), "{text}");
}

#[test]
fn a_supported_agent_that_is_not_updated_is_not_outdated() {
    let silent = "UserErrorGuestAgentStatusUnavailable";
    let (code, _) = by_case("explain-log-update-off", silent, "guest-agent-update-off/supported");
    let outdated = cause(&code, "outdated");
    assert_eq!(outdated["standing"], "ruled-out", "{outdated}");
}

#[test]
fn another_size_is_no_fault_of_the_agent() {
    let silent = "UserErrorGuestAgentStatusUnavailable";
    let (code, _) = by_case("explain-log-size", silent, "guest-contradicts-export/other-size");
    let inconsistent = cause(&code, "inconsistent");
    assert_ne!(inconsistent["standing"], "found", "{inconsistent}");
}

#[test]
fn an_extension_that_is_not_there_is_not_found_well() {
    let gone = [
        ("error_12", "guest-extension-incomplete/not-applicable", "were removed"),
        (
            "UserErrorGuestAgentStatusUnavailable",
            "guest-extension-failed/not-applicable",
            "an extension of the VM",
        ),
    ];
    for (name, case, text) in gone {
        let (code, _) = by_case("explain-log-gone", name, case);
        assert_eq!(cause(&code, text)["standing"], "not-examined", "{code}");
    }
    let (code, _) =
        by_case("explain-log-never", "ExtentionOperationFailed", "guest-snapshot-failed/not-applicable");
    let taken = cause(&code, "cannot be taken");
    let ran = taken["checks"].as_array().unwrap().iter().find(|check| check["id"] == "guest-snapshot-failed");
    assert!(ran.unwrap()["says"][0].as_str().unwrap().contains("has not run"), "{taken}");
    assert_eq!(taken["standing"], "not-examined", "{taken}");
}

#[test]
fn what_passed_is_told_beside_what_was_not_examined() {
    let silent = "UserErrorGuestAgentStatusUnavailable";
    let (code, text) = by_case("explain-log-clear", silent, "guest-agent-stopped/passing");
    assert_eq!(cause(&code, "stopped or hangs")["standing"], "not-examined");
    for told in [
        "not examined: agent-not-ready, vm-not-running",
        "clear: guest-agent-stopped",
        "az vm get-instance-view --",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
    assert!(!text.contains("what an export tells"), "{text}");
}

#[test]
fn text_says_how_each_cause_stands() {
    let folder = folder("explain-log-text");
    let vm = document(&folder, "vm.json", &vm());
    let path = folder.join("job.txt");
    fs::write(&path, "\u{1b}[2JUserErrorGuestAgentStatusUnavailable\n").unwrap();
    let Run { exit, stdout, .. } = run(&["explain", "--log", &path.display().to_string(), &vm]);
    assert_eq!(exit, 1);
    for told in ["1 code in", "found: agent-not-ready", "not examined:", "what to do", "line 1"] {
        assert!(stdout.contains(told), "{told}: {stdout}");
    }
    assert!(!stdout.contains('\u{1b}'), "{stdout}");
}

#[test]
fn a_log_without_codes_is_well_and_wrong_usage_is_told() {
    let folder = folder("explain-log-none");
    let path = folder.join("quiet.log");
    fs::write(&path, "took 76 s, exit code: 15\n").unwrap();
    let quiet = run(&["explain", "--log", &path.display().to_string()]);
    assert_eq!((quiet.exit, quiet.stdout.contains("no code of a backup error")), (0, true), "{quiet:?}");
    assert_eq!(run(&["explain", "--log", "/nowhere/at/all"]).exit, 2);
    assert_eq!(run(&["explain", "agent-missing", "--here"]).exit, 2);
    assert_eq!(run(&["explain", "agent-missing", "agent-outdated"]).exit, 2);
    assert_eq!(run(&["explain"]).exit, 2);
}

#[test]
fn hostile_logs_end() {
    let folder = folder("explain-log-hostile");
    let path = folder.join("hostile.log");
    let mut bytes = b"\xff\xfe\x00\x00 ".repeat(1000);
    bytes.extend(b"x".repeat(4 << 20));
    bytes.extend(b" UserErrorFsFreezeFailed ");
    bytes.extend(b"{\"code\": ".repeat(100_000));
    fs::write(&path, bytes).unwrap();
    _ = run(&["explain", "--log", &path.display().to_string()]);
    let wide: Vec<u8> = "\u{feff}Status Code : 76\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    fs::write(&path, wide).unwrap();
    assert_eq!(explained(&["--log", &path.display().to_string()])["codes"][0]["code"], "76");
}

/// Recorded answers that hold an error, by what is in their names.
fn holds_error(name: &str) -> bool {
    let well = ["iaasvmhealthgreendefault", "-success."].iter().any(|word| name.contains(word));
    let told = ["backup-error-", "backup-health-", "backup-http500", "backup-throttled"];
    told.iter().any(|word| name.starts_with(word)) && !well
}

#[test]
#[ignore = "needs AZPREFLIGHT_CORPUS"]
fn every_recorded_answer_about_backup_is_explained() {
    let corpus = PathBuf::from(std::env::var_os("AZPREFLIGHT_CORPUS").unwrap()).join("azure-answers");
    let mut names: Vec<String> = fs::read_dir(corpus.clone())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("backup-"))
        .collect();
    names.sort();
    assert!(names.len() > 30, "{}", names.len());
    let mut wrong = Vec::new();
    for name in names {
        let path = corpus.join(&name).display().to_string();
        let run = run(&["explain", "--format", "json", "--log", &path]);
        let wanted = i32::from(holds_error(&name));
        if run.exit != wanted {
            wrong.push(format!("{name}: exit {}, not {wanted}: {}{}", run.exit, run.stderr, run.stdout));
            continue;
        }
        let answer = run.json();
        let codes = answer["codes"].as_array().unwrap().iter();
        if codes.clone().any(|code| code["causes"].as_array().unwrap().is_empty()) {
            wrong.push(format!("{name}: no causes"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
