//! The program itself, against servers on loopback.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_azpreflight"));
    command
        .env("COLUMNS", "100")
        .env("AZPREFLIGHT_CACHE", "")
        .env_remove("AZPREFLIGHT_PROXY_USER")
        .env_remove("AZPREFLIGHT_PROXY_PASSWORD");
    command.arg("probe").args(arguments);
    command
}

fn run(arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = program(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

/// An HTTP server that answers everything alike while it is told to, and else closes what it accepts.
struct Server {
    address: SocketAddr,
    answers: Arc<AtomicBool>,
}

impl Server {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, answers) = (listener.local_addr().unwrap(), Arc::new(AtomicBool::new(true)));
        let told = Arc::clone(&answers);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer(stream, told.load(Ordering::SeqCst));
            }
        });
        Self { address, answers }
    }

    fn target(&self) -> String {
        format!("http://{}", self.address)
    }
}

fn answer(mut stream: TcpStream, well: bool) {
    let mut asked = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    while asked.read_line(&mut line).is_ok_and(|read| read > 2) {
        line.clear();
    }
    if well {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nserver: test\r\ncontent-length: 0\r\n\r\n");
    }
}

/// A port that nobody listens on.
fn closed() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

#[test]
fn what_is_named_is_probed_and_the_worst_is_the_exit_code() {
    let server = Server::new();
    let (code, text, errors) = run(&["--target", &server.target()]);
    assert_eq!((code, errors.as_str()), (0, ""), "{text}");
    assert!(text.starts_with("REACHED: 1 required target answered\n"), "{text}");
    let (code, text, _) = run(&["--target", &server.target(), "--target", &closed()]);
    assert_eq!(code, 1);
    assert!(text.starts_with("NOT REACHED: 1 of 2 required targets failed\n"), "{text}");
    assert!(text.contains("connect: refused"), "{text}");
}

#[test]
fn json_and_metrics_tell_the_same() {
    let server = Server::new();
    let targets = ["--target", &server.target(), "--target", &closed()];
    let (code, text, _) = run(&[&targets[..], &["--format", "json"]].concat());
    let answer: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((code, &answer["verdict"]), (1, &"failed".into()));
    assert_eq!(answer["results"][0]["httpStatus"], 200);
    assert_eq!(answer["results"][1]["failure"]["kind"], "refused");
    let (code, page, _) = run(&[&targets[..], &["--format", "prometheus"]].concat());
    assert_eq!(code, 1);
    assert_eq!(page.lines().filter(|line| line.starts_with("probe_success{")).count(), 2, "{page}");
    assert!(page.contains("phase=\"connect\",kind=\"refused\"} 1"), "{page}");
}

#[test]
fn wrong_usage_is_one_line_and_exit_2() {
    for (arguments, told) in [
        (&["--target", "a.example"][..], "no host and port"),
        (&["--target", "ftp://a.example:21"], "`ftp` is not one of tcp"),
        (&["--target", "127.0.0.1:1", "--timeout", "0"], "1..=600000"),
        (&["--target", "127.0.0.1:1", "--concurrency", "0"], "--concurrency"),
        (&["--target", "127.0.0.1:1", "--dns", "moon"], "168.63.129.16"),
        (&["--target", "127.0.0.1:1", "--listen", "9115"], "127.0.0.1:9115"),
        (&["--storage-account", "a.blob.core.windows.net"], "name a whole host with --target"),
        (&["--target", "127.0.0.1:1", "--assume", "moon=1"], "is not a key"),
    ] {
        let (code, text, errors) = run(arguments);
        assert_eq!((code, text.as_str(), errors.lines().count()), (2, "", 1), "{arguments:?}: {errors}");
        assert!(errors.contains(told), "{arguments:?}: {errors}");
    }
}

#[test]
fn credentials_come_from_the_environment_alone_and_are_never_shown() {
    let (code, _, errors) = run(&["--target", "127.0.0.1:1", "--proxy", "http://kim:s3cret@127.0.0.1:1"]);
    assert_eq!(code, 2);
    assert!(
        errors.contains("AZPREFLIGHT_PROXY_USER") && !errors.contains("s3cret") && !errors.contains("kim")
    );
    let server = Server::new();
    for format in ["text", "json", "prometheus"] {
        let proxy = format!("http://{}", server.address);
        let mut command = program(&["--target", "http://127.0.0.1:9", "--proxy", &proxy, "--format", format]);
        command.env("AZPREFLIGHT_PROXY_USER", "kim").env("AZPREFLIGHT_PROXY_PASSWORD", "s3cret");
        let output = command.output().unwrap();
        let shown = [output.stdout, output.stderr].concat();
        let shown = String::from_utf8(shown).unwrap();
        assert!(shown.contains(&server.address.to_string()), "{shown}");
        assert!(!shown.contains("s3cret") && !shown.contains("kim") && !shown.contains("a2lt"), "{shown}");
    }
}

/// By the environment of the program: what is known of it, and what is not.
#[test]
fn what_the_machine_is_told_counts_and_is_told() {
    let server = Server::new();
    let here = |variable: (&str, &str), target: &str| {
        let mut command = program(&["--here", "--format", "json", "--target", target]);
        for name in ["http_proxy", "https_proxy", "all_proxy", "no_proxy"] {
            command.env_remove(name).env_remove(name.to_ascii_uppercase());
        }
        let Output { status, stdout, .. } = command.env(variable.0, variable.1).output().unwrap();
        let answer: serde_json::Value = serde_json::from_slice(&stdout).unwrap();
        (status.code(), answer)
    };
    let (code, answer) = here(("HTTP_PROXY", "http://127.0.0.1:9"), &server.target());
    if cfg!(windows) {
        assert_eq!(answer["results"][0]["configuredBy"], "http_proxy in environment", "{answer}");
        return;
    }
    assert_eq!((code, &answer["results"][0]["outcome"]), (Some(0), &"reached".into()), "{answer}");
    let notes = answer["notes"].as_array().unwrap();
    assert!(
        notes.iter().any(|note| note.as_str().unwrap().contains("wants http_proxy in lower case")),
        "{answer}"
    );
    for target in [server.target(), format!("http://{}", closed())] {
        let (code, answer) = here(("http_proxy", "socks5://127.0.0.1:9"), &target);
        let result = &answer["results"][0];
        assert_eq!((code, &result["outcome"]), (Some(3), &"undecided".into()), "{answer}");
        assert!(result["uncertain"].as_str().unwrap().contains("socks5"), "{answer}");
        assert!(result["reason"].as_str().unwrap().contains("is not known"), "{answer}");
    }
}

#[test]
fn secrets_of_a_url_are_not_repeated() {
    let target = "https://example.blob.core.windows.net/c?sv=2024-11-04&sig=s3cret";
    let (code, text, errors) = run(&["--target", target, "--format", "json"]);
    assert_eq!((code, text.as_str(), errors.lines().count()), (2, "", 2));
    assert!(errors.contains("`example.blob.core.windows.net…`") && !errors.contains("s3cret"), "{errors}");
}

#[test]
fn the_form_for_monitoring_belongs_to_probes() {
    let program = Command::new(env!("CARGO_BIN_EXE_azpreflight"))
        .args(["tags", "list", "--format", "prometheus"])
        .output()
        .unwrap();
    assert_eq!(program.status.code(), Some(2));
    assert!(String::from_utf8(program.stderr).unwrap().contains("a form of `probe`"));
}

#[test]
fn several_machines_need_one_to_be_named() {
    let (code, _, errors) = run(&["examples/proxy-blocked"]);
    assert_eq!(code, 2);
    assert!(errors.contains("--vm") && errors.lines().count() == 1, "{errors}");
}

/// A program that runs until it is told to stop, and is stopped whatever happens.
struct Running(Child);

impl Running {
    fn begin(command: &mut Command) -> Self {
        Self(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    }

    fn interrupt(&self) {
        let kill = Command::new("kill").args(["-INT", &self.0.id().to_string()]).status().unwrap();
        assert!(kill.success());
    }

    fn exit(&mut self) -> i32 {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            match self.0.try_wait().unwrap() {
                Some(status) => return status.code().unwrap(),
                None => assert!(Instant::now() < deadline, "it does not end"),
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
#[cfg_attr(not(unix), ignore = "interrupts with a signal")]
fn rounds_tell_what_changed_until_they_are_interrupted() {
    let server = Server::new();
    let mut running = Running::begin(&mut program(&["--target", &server.target(), "--watch", "1"]));
    let mut lines = BufReader::new(running.0.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert_eq!(lines.next().unwrap(), "REACHED: 1 required target answered");
    server.answers.store(false, Ordering::SeqCst);
    let changed = lines.find(|line| line.contains(", was reached")).unwrap();
    assert!(changed.contains(&format!("✗ {} via direct: request: ", server.address)), "{changed}");
    server.answers.store(true, Ordering::SeqCst);
    let back = lines.find(|line| line.contains(": reached, was ")).unwrap();
    assert!(back.contains(&format!("✓ {}", server.address)), "{back}");
    running.interrupt();
    assert_eq!(running.exit(), 0);
}

#[test]
#[cfg_attr(not(unix), ignore = "interrupts with a signal")]
fn rounds_for_programs_are_a_line_each() {
    let server = Server::new();
    let arguments = ["--target", &server.target(), "--watch", "1", "--format", "json"];
    let mut running = Running::begin(&mut program(&arguments));
    let lines = BufReader::new(running.0.stdout.take().unwrap()).lines().map_while(Result::ok);
    for line in lines.take(2) {
        let answer: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(answer["verdict"], "reached");
    }
    running.interrupt();
    assert_eq!(running.exit(), 0);
}

fn scrape(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(15))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer
}

/// Listens, and says where.
fn serving(command: &mut Command) -> (Running, String) {
    let mut running = Running::begin(command);
    let mut errors = BufReader::new(running.0.stderr.take().unwrap());
    let mut line = String::new();
    errors.read_line(&mut line).unwrap();
    let address = line
        .trim()
        .strip_prefix("azpreflight: serving http://")
        .and_then(|rest| rest.strip_suffix("/metrics"));
    let address = address.unwrap_or_else(|| panic!("{line}")).to_owned();
    (running, address)
}

#[test]
#[cfg_attr(not(unix), ignore = "interrupts with a signal")]
fn scrapers_get_the_latest_results_and_cannot_stop_the_probing() {
    let server = Server::new();
    let mut command = program(&["--target", &server.target(), "--watch", "1", "--listen", "127.0.0.1:0"]);
    let (mut running, address) = serving(&mut command);
    let metrics = || scrape(&address, "GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n");
    let until = |wanted: &str| {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let page = metrics();
            if page.contains(wanted) {
                return page;
            }
            assert!(Instant::now() < deadline, "no {wanted} in {page}");
            std::thread::sleep(Duration::from_millis(100));
        }
    };
    let page = until("expectation=\"http\"} 1\n");
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n") && page.contains("text/plain; version=0.0.4"), "{page}");
    assert!(page.contains("probe_last_run_timestamp_seconds "), "{page}");
    // Scrapers that ask nothing, or read nothing, hold no more than their own connections.
    let idle: Vec<TcpStream> = (0..8).map(|_| TcpStream::connect(&address).unwrap()).collect();
    let mut endless = TcpStream::connect(&address).unwrap();
    let _ = endless.write_all(&b"GET /metrics HTTP/1.1\r\nx: ".repeat(1000));
    server.answers.store(false, Ordering::SeqCst);
    until("phase=\"request\"");
    assert!(scrape(&address, "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").ends_with("\r\n\r\nok\n"));
    assert!(scrape(&address, "GET / HTTP/1.1\r\nhost: x\r\n\r\n").contains("/metrics"));
    assert!(scrape(&address, "GET /moon HTTP/1.1\r\nhost: x\r\n\r\n").starts_with("HTTP/1.1 404 "));
    assert!(scrape(&address, "POST /metrics HTTP/1.1\r\nhost: x\r\n\r\n").starts_with("HTTP/1.1 405 "));
    assert!(scrape(&address, "\0\x01garbage\r\n\r\n").starts_with("HTTP/1.1 400 "));
    drop((idle, endless));
    running.interrupt();
    assert_eq!(running.exit(), 1);
}

#[test]
#[cfg_attr(not(unix), ignore = "interrupts with a signal")]
fn an_interrupted_run_tells_what_it_knows() {
    // A listener whose queue is full answers nobody.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(150)) {
        waiting.push(stream);
    }
    let silent = address.to_string();
    let mut running = Running::begin(&mut program(&[
        "--target",
        &silent,
        "--target",
        &closed(),
        "--timeout",
        "60000",
        "--format",
        "json",
    ]));
    std::thread::sleep(Duration::from_secs(1));
    running.interrupt();
    assert_eq!(running.exit(), 1);
    let mut text = String::new();
    running.0.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    let answer: serde_json::Value = serde_json::from_str(&text).unwrap();
    let [silent, closed] = answer["results"].as_array().unwrap().as_slice() else { panic!("{text}") };
    assert_eq!(
        (&silent["outcome"], &silent["notes"][0]),
        (&"undecided".into(), &"interrupted before it was decided".into())
    );
    assert_eq!(silent["address"], "127.0.0.1");
    assert_eq!(closed["failure"]["kind"], "refused");
}
