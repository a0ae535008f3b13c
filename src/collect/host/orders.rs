//! Commands that only read: from fixed folders, without input, bounded in time and in what they say.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
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
/// How long is waited for what needs no time.
const GRACE: Duration = Duration::from_secs(1);

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
/// Windows, where programs are found by it and words follow the system, the environment as it is. Nothing that it starts
/// outlives it.
pub(super) fn run(program: &Path, arguments: &[&str], path: &str) -> io::Result<Said> {
    run_within(TIME, program, arguments, path)
}

#[cfg_attr(not(unix), expect(unused_variables, reason = "the environment stays as it is"))]
fn run_within(time: Duration, program: &Path, arguments: &[&str], path: &str) -> io::Result<Said> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // Python would write down what it made of its modules beside them.
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        command.env_clear().env("LC_ALL", "C").env("PATH", path).env("PYTHONDONTWRITEBYTECODE", "1");
        command.process_group(0);
    }
    let deadline = Instant::now() + time;
    let mut child = command.spawn()?;
    let (output, complaint) = (child.stdout.take().map(heard), child.stderr.take().map(heard));
    let status = ended(&mut child, deadline)?;
    let (output, complaint) = (all(output, deadline)?, all(complaint, deadline)?);
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
fn heard(from: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What came before an error is what was said.
        let _ = from.take(MOST + 1).read_to_end(&mut bytes);
        // Whoever asked may have gone.
        let _ = sender.send(bytes);
    });
    receiver
}

/// All that was said, once nobody can say more: something that has got away may hold on to the pipe.
fn all(said: Option<Receiver<Vec<u8>>>, deadline: Instant) -> io::Result<Vec<u8>> {
    let Some(said) = said else { return Ok(Vec::new()) };
    // What a program said that ended at the last moment is there at once.
    let left = deadline.saturating_duration_since(Instant::now()).max(GRACE);
    let late = |_| io::Error::new(io::ErrorKind::TimedOut, "something that it started did not end in time");
    said.recv_timeout(left).map_err(late)
}

/// How a program ended, by itself and in time, and nothing that it started goes on.
fn ended(child: &mut Child, deadline: Instant) -> io::Result<ExitStatus> {
    while !has_ended(child)? {
        if Instant::now() >= deadline {
            end(child);
            // Who waits for a disk or a server cannot be ended, and is not waited for.
            let last = Instant::now() + GRACE;
            while child.try_wait()?.is_none() && Instant::now() < last {
                thread::sleep(PAUSE);
            }
            return Err(io::Error::new(io::ErrorKind::TimedOut, "it did not end in time"));
        }
        thread::sleep(PAUSE);
    }
    end(child);
    child.wait()
}

/// Whether a program has ended. On Unix it keeps its number until it is waited for, so that no other has it meanwhile.
fn has_ended(child: &mut Child) -> io::Result<bool> {
    #[cfg(unix)]
    {
        use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        Ok(waitid(WaitId::Pid(Pid::from_child(child)), options)?.is_some())
    }
    #[cfg(not(unix))]
    Ok(child.try_wait()?.is_some())
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
    fn what_a_program_leaves_behind_is_not_waited_for() {
        let begin = Instant::now();
        // It shares the pipe, and ends with the program.
        let said = sh("sleep 60 & echo out; exit 0").unwrap();
        assert!(said.well && said.output == b"out\n");
        assert!(begin.elapsed() < TIME, "{:?}", begin.elapsed());
    }

    #[test]
    fn what_has_got_away_with_the_pipe_is_given_up() {
        let begin = Instant::now();
        let script = "setsid sleep 15 & sleep 0.2; exit 0";
        let run = run_within(Duration::from_secs(2), Path::new("/bin/sh"), &["-c", script], "/usr/bin:/bin");
        assert_eq!(run.err().map(|error| error.kind()), Some(io::ErrorKind::TimedOut));
        assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
    }

    #[test]
    fn what_never_ends_is_ended() {
        let within = |script| {
            run_within(Duration::from_millis(200), Path::new("/bin/sh"), &["-c", script], "/usr/bin:/bin")
        };
        let begin = Instant::now();
        for script in ["sleep 60", "sleep 60 & sleep 60", "trap '' TERM INT; sleep 60"] {
            assert_eq!(within(script).err().map(|error| error.kind()), Some(io::ErrorKind::TimedOut));
        }
        assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
    }

    #[test]
    fn python_writes_nothing_down() {
        assert_eq!(sh("echo $PYTHONDONTWRITEBYTECODE").unwrap().output, b"1\n");
    }

    #[test]
    fn who_never_stops_talking_is_given_up() {
        assert!(sh("while :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; done").is_err());
    }
}
