//! The lab itself, with nothing in it but what every Linux machine has.

use std::path::Path;

use super::{Authority, Lab, Leaf, Listens};

/// What `bash` says of a connection attempt from the guest. An ICMP message that arrives while the kernel is still sending
/// the first packet, as it does here, counts only with the second, a second later.
fn knock(lab: &Lab, address: &str, port: u16) -> String {
    let script = format!("exec 3<>/dev/tcp/{address}/{port}");
    let mut command = lab.guest.command("timeout");
    let output = command.args(["2.5", "bash", "-c", &script]).output().expect("it runs");
    match output.status.code() {
        Some(0) => "open".to_owned(),
        Some(124) => "silence".to_owned(),
        _ => String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or_default().to_owned(),
    }
}

#[test]
#[ignore = "needs root and nftables: tests/run.sh --real"]
fn real_spaces_do_to_packets_what_is_asked() {
    let Some(lab) = Lab::new() else { return };
    lab.world.own(&["20.60.1.1", "2001:db8::1"]);
    let server = ["TCP-LISTEN:443,fork,reuseaddr", "EXEC:cat"];
    let part = lab.world.start("socat", &server, &[Listens::tcp("20.60.1.1:443")]);
    lab.world.on_arrival(&[
        "tcp dport 8443 reject with tcp reset",
        "tcp dport 8444 reject with icmpx type host-unreachable",
        "tcp dport 8445 drop",
    ]);
    assert_eq!(knock(&lab, "20.60.1.1", 443), "open", "{}", part.log());
    assert!(knock(&lab, "20.60.1.1", 8443).contains("refused"));
    assert!(knock(&lab, "20.60.1.1", 8444).contains("No route to host"));
    assert_eq!(knock(&lab, "20.60.1.1", 8445), "silence");
    assert_eq!(knock(&lab, "203.0.113.9", 443), "silence", "nothing leads out");
    assert!(knock(&lab, "2001:db8::1", 8443).contains("refused"));
    drop(part);
    assert!(knock(&lab, "20.60.1.1", 443).contains("refused"), "it ended");
}

#[test]
#[ignore = "needs root and dnsmasq: tests/run.sh --real"]
fn real_spaces_have_names_of_their_own() {
    let Some(lab) = Lab::new() else { return };
    let _names =
        lab.name_server(&["host-record=acct.example,20.60.1.1,2001:db8::1", "local=/nowhere.example/"]);
    let addresses = |name: &str| {
        let mut command = lab.guest.command("getent");
        let output = command.args(["ahosts", name]).output().expect("it runs");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let known = addresses("acct.example");
    assert!(known.contains("20.60.1.1") && known.contains("2001:db8::1"), "{known}");
    assert_eq!(addresses("x.nowhere.example"), "");
    lab.guest.configure("hosts", "10.0.0.5 acct.example\n");
    assert!(addresses("acct.example").starts_with("10.0.0.5"));
}

#[test]
#[ignore = "needs root: tests/run.sh --real"]
fn real_spaces_leave_nothing_behind() {
    let Some(lab) = Lab::new() else { return };
    let (guest, folder) = (lab.guest.name().to_owned(), lab.folder().to_owned());
    lab.guest.configure("hosts", "20.60.1.1 acct.example\n");
    let hosts = lab.guest.run("getent", &["ahostsv4", "acct.example"]);
    assert!(String::from_utf8_lossy(&hosts.stdout).starts_with("20.60.1.1"));
    let authority = Authority::new("Lab Root");
    let path = authority.issue(&lab, "leaf", &Leaf::of(&["acct.example"]));
    assert!(Path::new(&format!("{path}.both")).exists() && authority.pem().contains("BEGIN"));
    // A panic in the middle of a test leaves by the same door.
    let end = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let lab = lab;
        let _part = lab.guest.start("sleep", &["300"], &[]);
        panic!("in the middle");
    }));
    assert!(end.is_err());
    assert!(!Path::new("/run/netns").join(&guest).exists());
    assert!(!Path::new("/etc/netns").join(&guest).exists());
    assert!(!folder.exists());
}

#[test]
#[ignore = "needs root: tests/run.sh --real"]
fn real_program_runs_in_the_guest() {
    let Some(lab) = Lab::new() else { return };
    let run = lab.run(&["--version"]);
    assert!(run.exit == 0 && run.stdout.starts_with("azpreflight "), "{run:?}");
    let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    let output = lab.program_as(&nobody, &["--version"]).output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
