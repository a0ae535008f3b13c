//! Logs of the snapshot extension for Windows, in the agent's folder of logs.
//!
//! The form of their lines is not public. What is read are the names of errors, which are the same everywhere.

use super::{Known, TextReader, heard};
use crate::guest::{NamedCode, Read};
use crate::input::Document;
use crate::wire::codes::Codes;
use crate::wire::guest::{Text, parts};

/// The folder of the logs, and perhaps one of a version in it.
const FOLDER: &str = "Microsoft.Azure.RecoveryServices.VMSnapshot";
/// How many names of a log are kept: those that were named last.
const KEPT: usize = 5;

/// A log in that folder.
pub(in crate::wire::guest) const LOG: TextReader = TextReader {
    known: Known::ByName(is_named_so),
    read: |text, facts| {
        let value = named(text);
        facts.guest.extension.logs.push(Read { value, place: text.place() });
        heard(true, facts, "")
    },
};

fn is_named_so(text: &Text<'_>) -> bool {
    let mut above = parts(text.name);
    let is_log = above.next().is_some_and(|file| file.to_ascii_lowercase().ends_with(".log"));
    is_log && above.take(2).any(|folder| folder.eq_ignore_ascii_case(FOLDER))
}

/// The names of errors in a log, the last one first.
fn named(text: &Text<'_>) -> Vec<NamedCode> {
    let bytes = text.text.as_bytes().to_vec();
    let codes = Codes::of(&Document { name: text.name.clone(), bytes, named_by_user: false });
    let is_name = |code: &&String| !code.starts_with(|c: char| c.is_ascii_digit());
    let named = codes.known.into_iter().filter_map(|known| {
        let code = known.named.iter().find(is_name)?.clone();
        Some(NamedCode { code, place: known.last })
    });
    named.take(KEPT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Bundle;

    fn logs(name: &str, text: &str) -> Vec<Vec<NamedCode>> {
        let document = Document { name: name.into(), bytes: text.as_bytes().to_vec(), named_by_user: false };
        let logs = crate::wire::parse(&Bundle { documents: vec![document] }).unwrap().guest.extension.logs;
        logs.into_iter().map(|read| read.value).collect()
    }

    #[test]
    fn names_count_wherever_they_stand_and_numbers_do_not() {
        let text = "x\nfailed: ExtensionSnapshotFailedCOM 76\nErrorCode=76\n{ExtensionFailedVssWriterInBadState}\nend\n";
        for name in [
            r"C:\WindowsAzure\Logs\Plugins\Microsoft.Azure.RecoveryServices.VMSnapshot\1.0.111.0\IaaSBcdrExtension.log",
            "b/C/WindowsAzure/Logs/Plugins/Microsoft.Azure.RecoveryServices.VMSnapshot/CommandExecution.log",
        ] {
            let logs = logs(name, text);
            let named: Vec<_> =
                logs[0].iter().map(|each| (each.code.as_str(), each.place.pointer.as_str())).collect();
            assert_eq!(
                named,
                [
                    ("ExtensionFailedVssWriterInBadState", "/line/4"),
                    ("ExtensionSnapshotFailedCOM", "/line/2")
                ]
            );
        }
        // A log without any tells that the extension was there.
        let silent = r"C:\WindowsAzure\Logs\Plugins\Microsoft.Azure.RecoveryServices.VMSnapshot\x.log";
        assert_eq!(logs(silent, "hello\n"), [Vec::new()]);
        let other = r"C:\WindowsAzure\Logs\Plugins\Microsoft.Azure.RecoveryServices.VMSnapshotX\x.log";
        assert!(logs(other, text).is_empty());
    }
}
