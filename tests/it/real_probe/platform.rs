//! The wire server and the metadata service at their own addresses; the VM agent's own client as second opinion.

use crate::lab::Listens;

use super::Scene;
use super::scene::{variable, verdict};

const VM_PLATFORM: &str = include_str!("../../real/probing/vm_platform.py");
const WIRE_CLIENT: &str = include_str!("../../real/probing/wire_client.py");
const WIRE_SERVER: [&str; 2] = ["168.63.129.16:80", "168.63.129.16:32526"];
const METADATA: &str = "169.254.169.254:80";

/// Whether the agent's own client agrees with the wire server on a version of their protocol.
fn agent_agrees(scene: &Scene) -> bool {
    let script = scene.lab.write("wire_client.py", WIRE_CLIENT);
    let mut command = scene.lab.guest.command("timeout");
    command.args(["20", "/usr/bin/python3", &script]).env("PYTHONPATH", variable("AZPREFLIGHT_AGENT"));
    let output = command.output().expect("it runs");
    output.status.success() && String::from_utf8_lossy(&output.stdout).ends_with("agreed on 2012-11-30\n")
}

#[test]
#[ignore = "needs the VM agent: tests/run.sh --real"]
fn the_platform_answers_the_probe_as_it_answers_the_agent() {
    let Some(mut scene) = Scene::new() else { return };
    let program = scene.lab.write("vm_platform.py", VM_PLATFORM);
    let listens = [WIRE_SERVER[0], WIRE_SERVER[1], METADATA].map(Listens::tcp);
    let platform = scene.start("/usr/bin/python3", &[&program], &listens);
    assert!(agent_agrees(&scene), "{}", scene.log(platform));
    let targets = [WIRE_SERVER[0], WIRE_SERVER[1], METADATA];
    let answer = scene.probe(&targets.map(|target| ["--target", target]).concat());
    for target in targets {
        assert_eq!(verdict(answer.of(target, "direct")), "reached", "{}", answer.of(target, "direct"));
    }
    assert_eq!(answer.run.exit, 0);
    let asked = scene.log(platform);
    let of = |text: &str| asked.lines().filter(|line| line.contains(text)).count();
    assert_eq!(of("/?comp=versions"), 2, "once by the agent, once by the probe: {asked}");
    assert!(asked.lines().any(|line| line.contains("/metadata/") && line.contains(" metadata")), "{asked}");
}

#[test]
#[ignore = "needs the VM agent: tests/run.sh --real"]
fn what_is_no_wire_server_convinces_neither() {
    let Some(mut scene) = Scene::new() else { return };
    let configuration = scene.lab.write(
        "page.conf",
        "daemon off; pid page.pid; error_log stderr; events {} http { access_log off;
         client_body_temp_path t; proxy_temp_path t; fastcgi_temp_path t; uwsgi_temp_path t; scgi_temp_path t;
         server { listen 168.63.129.16:80; return 200 \"<html><title>Welcome</title></html>\"; } }",
    );
    scene.start("nginx", &["-p", ".", "-c", &configuration], &[Listens::tcp(WIRE_SERVER[0])]);
    assert!(!agent_agrees(&scene));
    let answer = scene.probe(&["--target", WIRE_SERVER[0]]);
    assert_eq!(verdict(answer.only()), "request: unexpected-answer", "{}", answer.only());
}
