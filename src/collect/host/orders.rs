//! Commands that only read: from fixed folders, without input, bounded in time and in what they say.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long one may take.
///
/// Writers of VSS answer to a question of Windows, and take their time.
const TIME: Duration = Duration::from_secs(if cfg!(windows) { 60 } else { 10 });
/// How much one may say.
const MOST: u64 = 4 << 20;
/// How often is looked whether it has ended.
const PAUSE: Duration = Duration::from_millis(10);

/// What a command said, and whether it ended well.
pub(super) struct Said {
    /// Its standard output.
    pub(super) output: Vec<u8>,
    /// Whether its exit code was 0.
    pub(super) well: bool,
    /// Its exit code, where it ended by itself.
    pub(super) code: Option<i32>,
    /// The first line of its standard error, or where it says nothing there, of its output.
    pub(super) complaint: String,
}

/// Where a program stands, in one of the folders that the system itself keeps; `None` where it is not installed.
pub(super) fn program(name: &str, folders: &[PathBuf]) -> Option<PathBuf> {
    folders.iter().map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// Has a program run and hears it out. It gets no input, and of the environment only what makes its words English; on
/// Windows, where programs are found by it and words follow the system, the environment as it is.
#[cfg_attr(not(unix), expect(unused_variables, reason = "the environment stays as it is"))]
pub(super) fn run(program: &Path, arguments: &[&str], path: &str) -> io::Result<Said> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        command.env_clear().env("LC_ALL", "C").env("PATH", path).process_group(0);
    }
    let mut child = command.spawn()?;
    let output = child.stdout.take().map(heard);
    let complaint = child.stderr.take().map(heard);
    let status = ended(&mut child)?;
    let joined = |thread: Option<thread::JoinHandle<Vec<u8>>>| thread.and_then(|thread| thread.join().ok());
    let (output, complaint) = (joined(output).unwrap_or_default(), joined(complaint).unwrap_or_default());
    if output.len() as u64 > MOST {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it says more than {MOST} bytes")));
    }
    let first = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        text.lines().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned)
    };
    let complaint = first(&complaint).or_else(|| first(&output)).unwrap_or_default();
    Ok(Said { output, well: status.success(), code: status.code(), complaint })
}

/// Reads one more byte than may be said; closing the pipe then ends whoever goes on.
fn heard(from: impl Read + Send + 'static) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What came before an error is what was said.
        let _ = from.take(MOST + 1).read_to_end(&mut bytes);
        bytes
    })
}

fn ended(child: &mut Child) -> io::Result<ExitStatus> {
    let deadline = Instant::now() + TIME;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if Instant::now() >= deadline {
            end(child);
            child.wait()?;
            return Err(io::Error::new(io::ErrorKind::TimedOut, "it did not end in time"));
        }
        thread::sleep(PAUSE);
    }
}

/// Ends a program, and on Unix whatever it started, which would keep the pipes open. It may have ended by itself just now.
fn end(child: &mut Child) {
    #[cfg(unix)]
    let _ = rustix::process::kill_process_group(
        rustix::process::Pid::from_child(child),
        rustix::process::Signal::KILL,
    );
    let _ = child.kill();
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    fn sh(script: &str) -> io::Result<Said> {
        run(Path::new("/bin/sh"), &["-c", script], "/usr/bin:/bin")
    }

    #[test]
    fn what_is_said_is_heard_without_the_environment() {
        let said = sh("echo out; echo wrong >&2; echo ${HOME-none}; exit 3").unwrap();
        assert_eq!(said.output, b"out\nnone\n");
        assert!(!said.well && said.complaint == "wrong");
        assert!(sh("cat").unwrap().well, "there is no input to wait for");
    }

    #[test]
    fn who_never_stops_talking_is_given_up() {
        assert!(sh("while :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; done").is_err());
    }
}
