use super::*;

/// A hive under construction.
struct Build {
    cells: Vec<u8>,
}

impl Build {
    fn cell(&mut self, content: &[u8]) -> u32 {
        // 32 bytes of the head of the first bin come before.
        if self.cells.is_empty() {
            self.cells.resize(32, 0);
        }
        let at = u32::try_from(self.cells.len()).unwrap();
        let length = (content.len() + 4).next_multiple_of(8);
        self.cells.extend((-i32::try_from(length).unwrap()).to_le_bytes());
        self.cells.extend(content);
        self.cells.resize(usize::try_from(at).unwrap() + length, 0);
        at
    }

    fn value(&mut self, name: &str, kind: u32, data: &[u8]) -> u32 {
        let length = u32::try_from(data.len()).unwrap();
        let (length, place) = match data {
            data if data.len() <= 4 => {
                let mut inline = [0; 4];
                inline[..data.len()].copy_from_slice(data);
                (length | 0x8000_0000, u32::from_le_bytes(inline))
            }
            data if data.len() > PIECE => {
                let pieces: Vec<u32> = data.chunks(PIECE).map(|piece| self.cell(piece)).collect();
                let list = self.cell(&pieces.iter().flat_map(|at| at.to_le_bytes()).collect::<Vec<_>>());
                let count = u16::try_from(pieces.len()).unwrap().to_le_bytes();
                (length, self.cell(&[b"db", &count[..], &list.to_le_bytes()].concat()))
            }
            data => (length, self.cell(data)),
        };
        let mut cell = b"vk".to_vec();
        cell.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        cell.extend([length, place, kind].map(u32::to_le_bytes).concat());
        cell.extend([1, 0, 0, 0]);
        cell.extend(name.as_bytes());
        self.cell(&cell)
    }

    /// A key of the values and the keys below it; the list of these is of this kind.
    fn key(&mut self, name: &str, list: [u8; 2], (values, below): (&[u32], &[u32])) -> u32 {
        let list = if below.is_empty() { NOTHING } else { self.list(list, below) };
        let places: Vec<u8> = values.iter().flat_map(|at| at.to_le_bytes()).collect();
        let places = if values.is_empty() { NOTHING } else { self.cell(&places) };
        let mut cell = b"nk\x20\x00".to_vec();
        cell.resize(76, 0);
        for (at, number) in [
            (20, u32::try_from(below.len()).unwrap()),
            (28, list),
            (36, u32::try_from(values.len()).unwrap()),
            (40, places),
        ] {
            cell[at..at + 4].copy_from_slice(&number.to_le_bytes());
        }
        cell[72..74].copy_from_slice(&u16::try_from(name.len()).unwrap().to_le_bytes());
        cell.extend(name.as_bytes());
        self.cell(&cell)
    }

    fn list(&mut self, kind: [u8; 2], below: &[u32]) -> u32 {
        if kind == *b"ri" {
            let halves: Vec<u32> =
                below.chunks(below.len().div_ceil(2)).map(|half| self.list(*b"li", half)).collect();
            return self.entries(kind, &halves, &[]);
        }
        let hash: &[u8] = if kind == *b"li" { &[] } else { &[0; 4] };
        self.entries(kind, below, hash)
    }

    fn entries(&mut self, kind: [u8; 2], at: &[u32], after: &[u8]) -> u32 {
        let mut cell = kind.to_vec();
        cell.extend(u16::try_from(at.len()).unwrap().to_le_bytes());
        for at in at {
            cell.extend(at.to_le_bytes());
            cell.extend(after);
        }
        self.cell(&cell)
    }

    fn finish(self, root: u32) -> Vec<u8> {
        let mut bytes = b"regf".to_vec();
        bytes.resize(CELLS, 0);
        bytes[36..40].copy_from_slice(&root.to_le_bytes());
        bytes.extend(self.cells);
        bytes
    }
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

/// A small `SYSTEM`: two control sets, the second in use.
fn system(list: [u8; 2]) -> Vec<u8> {
    let mut build = Build { cells: Vec::new() };
    let set = |build: &mut Build, name: &str, start: u32| {
        let values = [
            build.value("Start", 4, &start.to_le_bytes()),
            build.value("ObjectName", 1, &utf16("LocalSystem")),
            build.value("Depends", 7, &utf16("RPCSS\0Other\0")),
            build.value("Big", 3, &vec![7; PIECE * 2 + 5]),
            build.value("Long", 11, &5_u64.to_le_bytes()),
            build.value("", 2, &utf16("%SystemRoot%\\vssvc.exe")),
        ];
        let vss = build.key("VSS", list, (&values, &[]));
        let others: Vec<u32> =
            ["Alpha", "Beta"].iter().map(|name| build.key(name, list, (&[], &[]))).collect();
        let services = build.key("Services", list, (&[], &[others[0], vss, others[1]]));
        build.key(name, list, (&[], &[services]))
    };
    let sets = [set(&mut build, "ControlSet001", 3), set(&mut build, "ControlSet002", 4)];
    let current = build.value("Current", 4, &2_u32.to_le_bytes());
    let select = build.key("Select", list, (&[current], &[]));
    let root = build.key("ROOT", list, (&[], &[sets[0], sets[1], select]));
    build.finish(root)
}

#[test]
fn keys_are_found_through_every_kind_of_list() {
    for list in [*b"lf", *b"lh", *b"li", *b"ri"] {
        let bytes = system(list);
        let hive = Hive::open(&bytes).unwrap();
        assert_eq!(hive.key("select").unwrap().unwrap().number("CURRENT"), Ok(Some(2)), "{list:?}");
        let names: Vec<String> = hive
            .key(r"ControlSet001\Services")
            .unwrap()
            .unwrap()
            .children()
            .unwrap()
            .iter()
            .map(HiveKey::name)
            .collect();
        assert_eq!(names, ["Alpha", "VSS", "Beta"]);
        assert!(hive.key(r"ControlSet001\Services\None").unwrap().is_none());
        assert!(hive.key("").unwrap().is_some() && hive.is_whole());
    }
}

#[test]
fn values_of_every_kind_are_read() {
    let bytes = system(*b"lh");
    let hive = Hive::open(&bytes).unwrap();
    let key = hive.key(r"controlset002\services\vss").unwrap().unwrap();
    let values = key.values(&|_| true).unwrap();
    let text = |text: &str| RegistryValue::Text(text.to_owned());
    assert_eq!(values[0], ("Start".to_owned(), RegistryValue::Number(4)));
    assert_eq!(values[1], ("ObjectName".to_owned(), text("LocalSystem")));
    assert_eq!(values[2].1, RegistryValue::Texts(vec!["RPCSS".to_owned(), "Other".to_owned()]));
    assert_eq!(values[3].1, RegistryValue::Bytes(vec![7; PIECE * 2 + 5]));
    assert_eq!(values[4].1, RegistryValue::Long(5));
    assert_eq!(values[5], (String::new(), text(r"%SystemRoot%\vssvc.exe")));
}

#[test]
fn a_branch_is_what_an_export_would_have() {
    let bytes = system(*b"lf");
    let hive = Hive::open(&bytes).unwrap();
    let named = |name: &str| name == "Start";
    let services = hive.key(r"ControlSet002\Services").unwrap().unwrap();
    let keys = services.branch(r"HKEY_LOCAL_MACHINE\S", 1, &named).unwrap();
    let told: Vec<(&str, usize)> = keys.iter().map(|key| (key.path.as_str(), key.values.len())).collect();
    let path = |name: &str| format!(r"HKEY_LOCAL_MACHINE\S{name}");
    assert_eq!(
        told,
        [(path("").as_str(), 0), (&path(r"\Alpha"), 0), (&path(r"\VSS"), 1), (&path(r"\Beta"), 0)]
    );
    assert_eq!(services.branch("X", 0, &named).unwrap().len(), 1);
}

#[test]
fn a_list_that_leads_to_itself_ends() {
    let mut build = Build { cells: Vec::new() };
    let child = build.key("Child", *b"lf", (&[], &[]));
    let root = build.key("ROOT", *b"ri", (&[], &[child, child]));
    let mut bytes = build.finish(root);
    // Both entries of the list of lists lead to it.
    let at = bytes.windows(2).position(|pair| pair == b"ri").unwrap();
    let list = u32::try_from(at - 4 - CELLS).unwrap().to_le_bytes();
    bytes[at + 4..at + 8].copy_from_slice(&list);
    bytes[at + 8..at + 12].copy_from_slice(&list);
    let hive = Hive::open(&bytes).unwrap();
    assert_eq!(hive.key("").unwrap().unwrap().children().err(), Some(HiveFault::Broken));
}

#[test]
fn a_key_below_itself_is_taken_only_so_deep() {
    let mut build = Build { cells: Vec::new() };
    let child = build.key("Child", *b"lf", (&[], &[]));
    let root = build.key("ROOT", *b"lf", (&[], &[child]));
    let mut bytes = build.finish(root);
    let at = bytes.windows(2).position(|pair| pair == b"lf").unwrap();
    bytes[at + 4..at + 8].copy_from_slice(&root.to_le_bytes());
    let hive = Hive::open(&bytes).unwrap();
    let root = hive.key("").unwrap().unwrap();
    assert_eq!(root.branch("R", 3, &|_| true).unwrap().len(), 4);
}

/// A root of this list of keys, and the list is of lists that name one another as often as they can.
fn nested(levels: usize) -> Vec<u8> {
    let mut build = Build { cells: Vec::new() };
    let mut list = build.entries(*b"li", &[], &[]);
    for _ in 0..levels {
        list = build.entries(*b"ri", &vec![list; 65_535], &[]);
    }
    let child = build.key("Child", *b"lf", (&[], &[]));
    let root = build.key("ROOT", *b"li", (&[], &[child]));
    let mut bytes = build.finish(root);
    let at = CELLS + usize::try_from(root).unwrap() + 4;
    bytes[at + 28..at + 32].copy_from_slice(&list.to_le_bytes());
    bytes
}

#[test]
fn lists_of_lists_do_not_multiply() {
    for levels in [1, 2, 4] {
        let bytes = nested(levels);
        let hive = Hive::open(&bytes).unwrap();
        assert_eq!(hive.key("GuestAgent").err(), Some(HiveFault::Broken), "{levels}");
        assert!(WORK - hive.left.get() < 1 << 20, "{levels}");
    }
}

#[test]
fn what_is_looked_at_again_and_again_comes_to_an_end() {
    // 65535 lists in one that each name the same thousand keys.
    let mut build = Build { cells: Vec::new() };
    let child = build.key("Child", *b"lf", (&[], &[]));
    let leaf = build.entries(*b"li", &[child; 10], &[]);
    let list = build.entries(*b"ri", &vec![leaf; 65_535], &[]);
    let root = build.key("ROOT", *b"li", (&[], &[child]));
    let mut bytes = build.finish(root);
    let at = CELLS + usize::try_from(root).unwrap() + 4;
    bytes[at + 28..at + 32].copy_from_slice(&list.to_le_bytes());
    let hive = Hive::open(&bytes).unwrap();
    assert_eq!(hive.key("GuestAgent").err(), Some(HiveFault::TooMuch));
}

#[test]
fn values_that_share_their_data_are_read_only_so_often() {
    let mut build = Build { cells: Vec::new() };
    let own = build.value("GuestAgentVersion", 1, &utf16("2.7"));
    let data = build.cell(&b"A\0".repeat(LARGEST / 2));
    let large = build.value("x", 1, &utf16("a text that stands in a cell of its own"));
    let mut values = vec![large; 10_000];
    values.push(own);
    let key = build.key("GuestAgent", *b"lf", (&values, &[]));
    let root = build.key("ROOT", *b"lf", (&[], &[key]));
    let mut bytes = build.finish(root);
    let at = CELLS + usize::try_from(large).unwrap() + 4;
    bytes[at + 4..at + 8].copy_from_slice(&u32::try_from(LARGEST).unwrap().to_le_bytes());
    bytes[at + 8..at + 12].copy_from_slice(&data.to_le_bytes());
    let hive = Hive::open(&bytes).unwrap();
    let key = hive.key("GuestAgent").unwrap().unwrap();
    // What nobody asked for costs nothing.
    let version = key.values(&|name| name == "GuestAgentVersion").unwrap();
    assert_eq!(version, [("GuestAgentVersion".to_owned(), RegistryValue::Text("2.7".to_owned()))]);
    assert_eq!(key.values(&|_| true).err(), Some(HiveFault::TooMuch));
}

#[test]
fn keys_that_are_all_one_another_are_taken_only_so_often() {
    let mut build = Build { cells: Vec::new() };
    let child = build.key("Child", *b"lf", (&[], &[]));
    let root = build.key("ROOT", *b"lf", (&[], &vec![child; 5_000]));
    let mut bytes = build.finish(root);
    let at = bytes.windows(2).position(|pair| pair == b"lf").unwrap();
    for entry in 0..5_000 {
        bytes[at + 4 + entry * 8..at + 8 + entry * 8].copy_from_slice(&root.to_le_bytes());
    }
    let hive = Hive::open(&bytes).unwrap();
    let root = hive.key("").unwrap().unwrap();
    assert_eq!(root.branch("R", 3, &|_| true).err(), Some(HiveFault::TooMuch));
}

#[test]
fn a_value_too_large_to_be_read_is_not_left_out() {
    let mut build = Build { cells: Vec::new() };
    let large = build.value("Start", 3, &vec![7; LARGEST + 1]);
    let key = build.key("Key", *b"lf", (&[large], &[]));
    let root = build.key("ROOT", *b"lf", (&[], &[key]));
    let bytes = build.finish(root);
    let hive = Hive::open(&bytes).unwrap();
    let key = hive.key("Key").unwrap().unwrap();
    assert_eq!(key.values(&|name| name == "Start").err(), Some(HiveFault::TooMuch));
    assert_eq!(key.values(&|name| name == "Other"), Ok(Vec::new()));
}

#[test]
fn broken_hives_are_survived() {
    let whole = system(*b"lh");
    for length in (0..whole.len()).step_by(7) {
        // Cut off anywhere, what is asked for is there as it was, or the hive is broken: never is it not there.
        if let Some(hive) = Hive::open(&whole[..length]) {
            let start = hive.key(r"ControlSet002\Services\VSS").and_then(|key| key.unwrap().number("Start"));
            assert!(matches!(start, Err(HiveFault::Broken) | Ok(Some(4))), "{length}");
        }
    }
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 16).unwrap()
    };
    let mut read = 0;
    for _ in 0..3_000 {
        let mut bytes = whole.clone();
        for _ in 0..=random() % 8 {
            let at = CELLS + random() % (bytes.len() - CELLS);
            bytes[at] = random().to_le_bytes()[0];
        }
        let hive = Hive::open(&bytes).unwrap();
        let key = hive.key(r"ControlSet002\Services").ok().flatten();
        read += usize::from(key.is_some_and(|key| key.branch("R", 3, &|_| true).is_ok()));
    }
    assert!(read > 100, "{read}");
    for noise in [&b""[..], b"regf", &[0xff; 5000], &[b"regf".as_slice(), &[0; 5000]].concat()] {
        assert!(Hive::open(noise).is_none_or(|hive| hive.key("").is_err()));
    }
}
