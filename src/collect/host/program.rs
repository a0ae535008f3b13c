//! The architecture of a system that does not run, by the format of its programs.

use super::root::{How, Root};

/// As much of a program as tells its architecture.
const HEAD: How = How::Head(20);

/// The architecture, as `uname -m` says it: by the first of these programs that is there and of a format that is known.
pub(super) fn architecture(root: &Root, programs: &[&str]) -> Option<String> {
    let of = |path: &&str| {
        let (_, head) = root.read(path, HEAD).ok().flatten()?;
        machine(&head).map(str::to_owned)
    };
    programs.iter().find_map(of)
}

/// The machine that an ELF file is for: `EI_CLASS` and `e_machine` of its header, in its own order of bytes.
fn machine(head: &[u8]) -> Option<&'static str> {
    let &[0x7f, b'E', b'L', b'F', class, order, .., low, high] = head.get(..20)? else { return None };
    let number = match order {
        1 => u16::from_le_bytes([low, high]),
        2 => u16::from_be_bytes([low, high]),
        _ => return None,
    };
    match (class, number) {
        (1, 3) => Some("i686"),
        (1, 40) => Some("armv7l"),
        (2, 62) => Some("x86_64"),
        (2, 183) => Some("aarch64"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::machine;

    fn head(class: u8, order: u8, number: [u8; 2]) -> Vec<u8> {
        let mut head = vec![0x7f, b'E', b'L', b'F', class, order, 1, 0];
        head.resize(18, 0);
        head.extend(number);
        head
    }

    #[test]
    fn the_header_of_a_program_tells() {
        assert_eq!(machine(&head(2, 1, [62, 0])), Some("x86_64"));
        assert_eq!(machine(&head(1, 1, [3, 0])), Some("i686"));
        assert_eq!(machine(&head(2, 2, [0, 183])), Some("aarch64"));
        assert_eq!(machine(&head(2, 3, [62, 0])), None);
        assert_eq!((machine(b"#!/bin/sh\nexec true x"), machine(b"\x7fELF")), (None, None));
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    #[cfg(target_os = "linux")]
    fn the_programs_of_this_machine_are_for_it() {
        let root = super::Root::open(std::path::Path::new("/")).unwrap();
        assert_eq!(super::architecture(&root, &["/nothing", "/bin/sh"]).as_deref(), Some("x86_64"));
    }
}
